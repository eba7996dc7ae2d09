"""Cases that a person picks: asked in time, held against the rules, shared out, and never drawn in their place."""

from collections import Counter
from collections.abc import Callable, Coroutine
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col

from qabot.adapter import OpenForm, Reply, Say
from qabot.errors import BadRequest
from qabot.framework import Framework, load, require
from qabot.framework.calendar import local_day
from qabot.messaging.card import plain_card
from qabot.models import Audit, Case, CaseInvolvement, Cycle, Deadline, Draw, PickedCase
from qabot.planning.choosing import again
from qabot.workflows.core.unit import Unit
from qabot.workflows.verbs import audits, easing
from tests.support.world import ACTIVITY, World

Begin = Callable[..., Coroutine[Any, Any, World]]
KIND = f"{ACTIVITY}-cases"
TEN = [f"710000{number}" for number in range(10)]


def framework_with(folder: Path, text: str) -> Framework:
    """Newham's file whose reviews' cases the Data and Impact Team picks, with other lines."""
    path = folder / "council.yaml"
    path.write_text(f"extends: newham\n{text}", "utf-8")
    return require(load(path, [Path("frameworks")]))


def picked(more: str = "never: [involved, oversight]", do: str = "") -> str:
    number = f", do: {do}" if do else ""
    cases = f"cases: {{rule: NEW-SEL-1, from: data-and-impact, {more}}}"
    return f"activities: {{practice-learning-review: {{{cases}{number}}}}}\n"


LEADS = "[{rule: NEW-QUO-1, per: practice-lead, count: 1}]"
"""Ade, Bea, Cyrus and Dinah do one each: of Stratford, Beckton, East and West, which they oversee."""


@pytest.fixture
def begin(tmp_path: Path) -> Begin:
    """Starts a council three weeks before its quarter begins: its cases are asked for."""

    async def start(text: str, at: str = "2026-09-09 08:00") -> World:
        return await World.start(tmp_path, at, framework=framework_with(tmp_path, text))

    return start


async def autumn_begins(world: World) -> None:
    """The quarter's eve comes in one step, since nothing of the weeks before is looked at; its first day as it does."""
    await world.jump("2026-09-30 12:00")
    await world.advance("2026-10-01 12:00")


def asking(world: World, state: str = "open") -> Deadline:
    [found] = [each for each in world.all(Deadline, col(Deadline.kind) == KIND) if each.state == state]
    return found


async def pick(world: World, *references: str, of: str = "", by: str = "della") -> Reply:
    """Somebody sends the form."""
    values = {"references": "\n".join(references), "for": str(world.ids[of]) if of else ""}
    return await world.send_form(by, "pick-cases", asking(world).token, **values)


def cases_of(world: World, team: str) -> list[str]:
    return [each.reference for each in world.all(Case, col(Case.team_id) == world.ids[team])]


def given(world: World) -> dict[str, str | None]:
    return {world.name(each.auditor_id): each.case_reference for each in world.all(Audit)}


async def test_whoever_picks_is_asked_four_weeks_before_and_reminded(begin: Begin) -> None:
    world = await begin(picked(do=LEADS), "2026-08-25 08:00")
    await world.jump("2026-09-02 12:00")
    assert world.all(Deadline, col(Deadline.kind) == KIND) == []
    await world.advance("2026-09-30 18:00")
    sent = [local_day(each.sent_at) for each in world.notices("della", message="cases-wanted") if each.sent_at]
    assert sent == [date(2026, 9, 3), date(2026, 9, 23), date(2026, 9, 29)]
    assert asking(world).due_on == date(2026, 9, 30), "the working day before the quarter begins"
    [cycle] = world.all(Cycle, col(Cycle.starts_on) == date(2026, 10, 1))
    assert (cycle.cases_wanted, cycle.cases_picked) == (4, 0)
    world.close()


def change(world: World, folder: Path, text: str, *, name: str = ACTIVITY) -> None:
    """The council's file says this from now on, and the reviews have this name in it."""
    shipped = Path("frameworks/newham.yaml").read_text("utf-8").replace(ACTIVITY, name)
    (folder / "base.yaml").write_text(shipped, "utf-8")
    path = folder / "changed.yaml"
    path.write_text(f"extends: {folder}/base.yaml\n{text.replace(ACTIVITY, name)}", "utf-8")
    world.framework = require(load(path, [Path("frameworks")]))
    world.restart()


@pytest.mark.parametrize("name", [ACTIVITY, "learning-check"])
async def test_where_nobody_picks_any_more_nobody_is_asked_to(begin: Begin, tmp_path: Path, name: str) -> None:
    """Their cases are drawn now, or the work has another name: what was asked would wait for ever."""
    world = await begin(picked(do=LEADS))
    await world.advance("2026-09-10 12:00")
    change(world, tmp_path, f"activities: {{practice-learning-review: {{do: {LEADS}}}}}", name=name)
    await world.advance("2026-09-11 12:00")
    assert asking(world, "withdrawn").closed_why.startswith("No longer needed: the framework asks nobody")
    await autumn_begins(world)
    await world.advance("2026-10-02 12:00")
    assert len(world.notices("della", message="cases-wanted", state="sent")) == 1
    world.close()


@pytest.mark.parametrize("next_day", ["2026-09-11 12:00", ""], ids=["at-work", "down-until-it-would-have-begun"])
async def test_nobody_is_asked_for_a_round_that_another_rhythm_has_not(
    begin: Begin, tmp_path: Path, next_day: str
) -> None:
    world = await begin(picked(do=LEADS))
    await world.advance("2026-09-10 12:00")
    rhythm = picked(do=LEADS).replace("{cases:", "{every: 2 months from 2026-09-01, cases:")
    change(world, tmp_path, rhythm)
    if next_day:
        await world.advance(next_day)
    await world.jump("2026-10-04 12:00")
    await world.advance("2026-10-06 12:00")
    asks = world.all(Deadline, col(Deadline.kind) == KIND)
    first_days = {each.id: each.starts_on for each in world.all(Cycle)}
    assert [(first_days[each.subject_id], each.state) for each in asks] == [
        (date(2026, 10, 1), "withdrawn"),
        (date(2026, 11, 1), "open"),
    ]
    assert asks[0].closed_why.startswith("No longer planned: ")
    assert world.notices("quinn", message="picking-over") == []
    world.close()


async def test_cases_for_work_that_was_given_are_picked_though_its_activity_is_gone(
    begin: Begin, tmp_path: Path
) -> None:
    world = await begin(picked(do=LEADS))
    await autumn_begins(world)
    assert set(given(world).values()) == {None}
    change(world, tmp_path, picked(do=LEADS), name="learning-check")
    await world.advance("2026-10-05 12:00")
    teams = ("east", "west", "stratford", "beckton")
    said = await pick(world, *(cases_of(world, each)[0] for each in teams))
    assert isinstance(said, Say)
    assert None not in given(world).values()
    assert [each.state for each in world.all(Deadline, col(Deadline.kind) == KIND)] == ["met"]
    world.close()


async def test_what_is_picked_for_somebody_is_theirs_and_the_rest_is_shared_out(begin: Begin) -> None:
    world = await begin(picked(do=LEADS))
    await world.advance("2026-09-10 12:00")
    [east, west] = cases_of(world, "east")[0], cases_of(world, "west")[0]
    reply = await pick(world, east, of="ade")
    assert isinstance(reply, Say)
    assert reply.text == "Thank you. 1 case is picked, and 3 still wanted."
    await pick(world, west, cases_of(world, "stratford")[0])
    reply = await pick(world, cases_of(world, "beckton")[0])
    assert isinstance(reply, Say)
    assert reply.text == "Thank you. 1 case is picked, and that is all."
    assert asking(world, "met").closed_by_id == world.ids["della"]
    await autumn_begins(world)
    cases = given(world)
    assert cases["ade"] == east
    others = [cases_of(world, each)[0] for each in ("stratford", "beckton")]
    assert Counter(cases.values()) == Counter([east, west, *others])
    teams = {each.reference: each.team_id for each in world.all(Case)}
    for lead, team in {"bea": "beckton", "cyrus": "east", "dinah": "west"}.items():
        assert teams[cases[lead] or ""] != world.ids[team], "nobody is given what they oversee"
    assert world.events("cases-not-picked") == []
    world.close()


async def test_it_is_never_said_to_have_been_drawn(begin: Begin) -> None:
    world = await begin(picked(do=LEADS))
    await world.advance("2026-09-10 12:00")
    await pick(world, cases_of(world, "east")[0], of="ade")
    await autumn_begins(world)
    [notice] = world.notices("ade", message="review-allocated")
    assert notice.reason == "The case was picked by the Data and Impact Team"
    words = str(world.cards("ade")[-1])
    assert "picked for you" in words
    assert "at random" not in words
    assert [each.why for each in world.events("cycle-allocated")] == ["The case was picked by the Data and Impact Team"]
    assert world.all(Draw, col(Draw.purpose).startswith("allocation:")) == []
    world.close()


async def test_if_nobody_has_picked_by_the_start_nothing_is_drawn_and_quality_is_told_once(begin: Begin) -> None:
    world = await begin(picked(do=LEADS))
    await autumn_begins(world)
    await world.advance("2026-10-15 12:00")
    assert set(given(world).values()) == {None}
    [event] = world.events("cases-not-picked")
    assert event.why == "Data and Impact Team: 4 not picked as the work began, and none is drawn in their place"
    assert world.messages("quinn").count("cases-not-picked") == 1
    assert {"cases-short", "no-case"} & set(world.messages("quinn")) == set()
    assert asking(world).state == "open", "it is still asked for"
    sent = [local_day(each.sent_at) for each in world.notices("della", message="cases-wanted") if each.sent_at]
    assert sent[-3:] == [date(2026, 10, 1), date(2026, 10, 8), date(2026, 10, 15)]
    world.close()


async def test_a_round_that_is_over_is_asked_about_no_more(begin: Begin) -> None:
    world = await begin(picked(do=LEADS))
    await world.advance("2026-09-10 12:00")
    await pick(world, cases_of(world, "east")[0], of="ade")
    await autumn_begins(world)
    await world.jump("2026-12-30 12:00")
    await world.advance("2027-01-04 12:00")
    before = len(world.notices("della", message="cases-wanted"))
    [event] = world.events("picking-ended")
    assert event.why == "3 of its cases were not picked"
    assert {
        each.closed_why for each in world.all(Deadline, col(Deadline.kind) == KIND, Deadline.state == "withdrawn")
    } == {"The round is over: 3 of its cases were not picked"}
    autumn = {world.name(each.auditor_id): each.state for each in world.all(Audit) if each.due_on < date(2027, 1, 1)}
    assert {each: autumn[each] for each in ("bea", "cyrus", "dinah")} == dict.fromkeys(
        ("bea", "cyrus", "dinah"), "withdrawn"
    )
    assert autumn["ade"] == "allocated", "that has a case, and is owed"
    for person in ("della", "quinn"):
        assert world.messages(person).count("picking-over") == 1
    words = " ".join(plain_card(each) for each in world.cards("quinn"))
    assert "This round is over, and 3 of its cases were not picked." in words
    await world.advance("2027-01-20 12:00")
    await world.jump("2027-03-03 12:00")
    await world.advance("2027-03-12 12:00")
    asked_for = {each.subject_id for each in world.notices("della", message="cases-wanted")[before:]}
    [autumns] = world.all(Cycle, col(Cycle.starts_on) == date(2026, 10, 1))
    assert asked_for, "the round that is on, and the next one, are asked for"
    assert autumns.id not in asked_for
    assert "due" not in {each.message for each in world.notices("bea") if each.subject_id == autumns.id}
    assert len(world.events("picking-ended")) == 1
    world.close()


async def test_work_with_more_time_waits_for_its_case_beyond_the_round(begin: Begin) -> None:
    world = await begin(picked(do=LEADS))
    await autumn_begins(world)
    await world.jump("2026-12-20 12:00")
    for each in world.all(Audit):
        if world.name(each.auditor_id) == "bea":
            later = each.id

    def extend(unit: Unit) -> None:
        audit = unit.session.get_one(Audit, later)
        (deadline,) = unit.open_deadlines(("audit", audit.id), {"audit"})
        quinn = unit.directory.people[world.ids["quinn"]]
        easing.extend(unit, deadline, date(2027, 1, 15), "workload", by=quinn)

    await world.run(extend)
    await world.jump("2026-12-31 12:00")
    await world.advance("2027-01-02 12:00")
    await world.jump("2027-01-14 12:00")
    assert world.events("picking-ended") == []
    await world.advance("2027-01-18 12:00")
    assert len(world.events("picking-ended")) == 1
    world.close()


async def test_what_is_picked_late_goes_to_who_waits_at_once(begin: Begin) -> None:
    world = await begin(picked(do=LEADS))
    await autumn_begins(world)
    [east] = cases_of(world, "east")[:1]
    await pick(world, east, of="bea")
    assert given(world)["bea"] == east
    await world.advance("2026-10-06 12:00")
    assert "review-allocated" in world.messages("bea")
    audit = next(each for each in world.all(Audit) if each.case_reference == east)
    assert audit.practitioner_id is not None
    about = world.all(Deadline, col(Deadline.subject_id) == audit.id, col(Deadline.subject_type) == "audit")
    assert {each.practitioner_id for each in about} == {audit.practitioner_id}
    await pick(world, *cases_of(world, "east")[1:3], cases_of(world, "stratford")[0])
    assert None not in given(world).values()
    assert asking(world, "met").closed_why == "Picked: 4 cases"
    world.close()


@pytest.mark.parametrize(
    ("references", "of", "why"),
    [
        (["7100000"], "ade", "Ade Lawal has oversight of 7100000."),
        (["7103000"], "ade", "Ade Lawal is or was involved in 7103000."),
        (["7199999"], "", "7199999 is not on the list of cases; it can be picked once it has been imported."),
        (["7103009"], "", "7103009 is closed."),
        (["7102000", "7102001"], "ade", "Ade Lawal needs 1 more, and these are 2."),
        (["7102000"], "mina", "Mina Sharpe needs no more cases for Practice Learning Reviews in this cycle."),
        (["7103008"], "", "7103008 can be given to nobody who still needs a case"),
    ],
)
async def test_what_cannot_be_picked_is_refused_with_the_reason(
    begin: Begin, references: list[str], of: str, why: str
) -> None:
    world = await begin(picked(do=LEADS))
    references_known = [each.reference for each in world.all(Case)]
    assert references_known[0] == "7100000"
    with world.nodes[0].store.transaction() as session:
        session.add(CaseInvolvement(case_id=31, person_id=world.ids["ade"]))
        session.get_one(Case, 40).open = False
        for lead in ("ade", "bea", "cyrus", "dinah"):
            session.add(CaseInvolvement(case_id=39, person_id=world.ids[lead]))
    await world.advance("2026-09-10 12:00")
    reply = (
        await pick(world, *references, "7102002", of=of)
        if len(references) == 1 and not of
        else await pick(world, *references, of=of)
    )
    assert isinstance(reply, OpenForm)
    assert why in reply.form.errors["references"]
    assert world.all(PickedCase) == [], "none of a list is picked while something in it is wrong"
    assert reply.form.values["references"].splitlines()[0] == references[0], "what was written is still there"
    world.close()


async def test_a_case_is_picked_once(begin: Begin) -> None:
    world = await begin(picked(do=LEADS))
    await world.advance("2026-09-10 12:00")
    await pick(world, "7102000")
    reply = await pick(world, "7102000, 7102001")
    assert isinstance(reply, OpenForm)
    assert "7102000 is picked already." in reply.form.errors["references"]
    assert [each.reference for each in world.all(PickedCase)] == ["7102000"]
    world.close()


async def test_what_was_looked_at_not_long_ago_cannot_be_picked(begin: Begin) -> None:
    world = await begin(picked("never: [{audited-within: 6 months}]", LEADS))
    await world.advance("2026-09-10 12:00")
    await pick(world, *TEN[:4])
    await autumn_begins(world)
    await world.jump("2026-12-09 12:00")
    await world.advance("2026-12-10 12:00")
    reply = await pick(world, TEN[0])
    assert isinstance(reply, OpenForm)
    assert f"{TEN[0]} was looked at less than 6 months ago, or is just now." in reply.form.errors["references"]
    world.close()


async def test_enough_cases_that_cannot_be_given_to_everybody_are_not_enough(begin: Begin) -> None:
    """Four cases of Stratford, which Ade oversees: one of the four leads goes without."""
    world = await begin(picked(do=LEADS))
    await world.advance("2026-09-10 12:00")
    reply = await pick(world, *cases_of(world, "stratford")[:4])
    assert isinstance(reply, Say)
    assert reply.text == "Thank you. 4 cases are picked, and 1 still wanted."
    await autumn_begins(world)
    assert [who for who, case in given(world).items() if case is None] == ["ade"]
    [event] = world.events("cases-not-picked")
    assert event.detail["people"] == {str(world.ids["ade"]): 1}
    world.close()


async def test_a_case_that_is_given_back_is_asked_for_again_and_none_is_drawn(begin: Begin) -> None:
    world = await begin(picked(do=LEADS))
    await world.advance("2026-09-10 12:00")
    await pick(world, "7102000", of="ade")
    await pick(world, "7102001", of="bea")
    await pick(world, "7100000", "7100001")
    await autumn_begins(world)
    audit = next(each for each in world.all(Audit) if world.name(each.auditor_id) == "ade")
    reply = await world.press("ade", "know-case", audit)
    assert "The Data and Impact Team will find you another one." in str(reply)
    assert given(world)["ade"] is None
    assert "no-case" not in world.messages("quinn")
    await world.advance("2026-10-05 12:00")
    assert asking(world).state == "open"
    await pick(world, "7103000")
    assert given(world)["ade"] == "7103000"
    world.close()


async def test_a_spare_one_takes_its_place(begin: Begin) -> None:
    world = await begin(picked(do=LEADS))
    await world.advance("2026-09-10 12:00")
    await pick(world, "7102000", "7102001", "7100000", "7100001", "7101000", "7101001")
    await autumn_begins(world)
    audit = next(each for each in world.all(Audit) if world.name(each.auditor_id) == "cyrus")
    await world.press("cyrus", "know-case", audit)
    [after] = world.all(Audit, col(Audit.id) == audit.id)
    assert after.case_reference not in {None, audit.case_reference}
    assert after.case_reference in {each.reference for each in world.all(PickedCase)}
    world.close()


async def test_a_number_that_a_pool_shares_gets_what_was_picked(begin: Begin) -> None:
    pool = "[{rule: NEW-QUO-1, count: 3, shared-by: [practice-lead, service-manager]}]"
    world = await begin(picked(do=pool))
    await world.advance("2026-09-10 12:00")
    [cycle] = world.all(Cycle, col(Cycle.starts_on) == date(2026, 10, 1))
    assert cycle.cases_wanted == 3
    await pick(world, "7100000", "7102000", "7102001", "7100001", "7101000")
    await autumn_begins(world)
    assert len(given(world)) == 3
    assert None not in given(world).values()
    world.close()


async def test_how_it_was_shared_out_can_be_done_again(begin: Begin) -> None:
    world = await begin(picked(do=LEADS))
    await world.advance("2026-09-10 12:00")
    await pick(world, "7100000", "7102000", "7102001", "7100001", "7101000")
    await autumn_begins(world)
    [draw] = world.all(Draw, col(Draw.purpose).startswith("sharing:"))
    choice = again(draw.seed, draw.terms)
    assert {person: got[0] for person, got in choice.given.items()} == {
        world.ids[who]: case for who, case in given(world).items()
    }
    world.close()


async def test_what_was_picked_can_be_taken_back_until_it_is_given(begin: Begin) -> None:
    world = await begin(picked(do=LEADS))
    await world.advance("2026-09-10 12:00")
    token = asking(world).token
    await pick(world, "7100000", "7102000", "7102001", "7100001")
    assert asking(world, "met").token == token
    reply = await world.send_form("della", "take-back-cases", token, references="7102000")
    assert isinstance(reply, Say)
    assert reply.text == "1 case is taken back."
    assert asking(world).state == "open", "there are too few now, so it is asked again"
    await pick(world, "7102002")
    await autumn_begins(world)
    reply = await world.send_form("della", "take-back-cases", token, references="7100000")
    assert isinstance(reply, Say)
    assert reply.text.startswith("Nothing was taken back")
    world.close()


async def test_nobody_else_picks(begin: Begin) -> None:
    world = await begin(picked(do=LEADS))
    await world.advance("2026-09-10 12:00")
    reply = await pick(world, "7100000", by="bea")
    assert isinstance(reply, Say)
    assert world.all(PickedCase) == []
    world.close()


async def test_an_identifier_is_not_taken_for_a_reference(begin: Begin) -> None:
    world = await begin(picked(do=LEADS))
    await world.advance("2026-09-10 12:00")
    reply = await pick(world, "943 476 5919")
    assert isinstance(reply, OpenForm)
    assert world.all(PickedCase) == []
    world.close()


async def test_a_council_that_begins_on_the_first_day_is_asked_at_once(begin: Begin) -> None:
    world = await begin(picked(do=LEADS), "2026-10-01 08:00")
    await world.advance("2026-10-01 12:00")
    assert "cases-wanted" in world.messages("della")
    assert asking(world).due_on == date(2026, 10, 2), "nothing is first asked for after it is due"
    assert set(given(world).values()) == {None}
    world.close()


async def test_work_begins_with_its_case_and_asks_nothing_about_one_before(begin: Begin) -> None:
    talk = "duties: {talk: {rule: NEW-SEL-2, title: A talk, owes: [practice-lead], due: opened + 1 week, "
    talk += "when: [practice-learning-review.given]}}\n"
    world = await begin(picked(do=LEADS) + talk)
    await world.advance("2026-10-02 12:00")
    assert set(given(world).values()) == {None}
    assert world.all(Deadline, col(Deadline.kind) == "talk") == []
    waiting = world.all(Audit)[0]
    with pytest.raises(BadRequest, match="has no case yet"):
        await world.run(lambda unit: audits.submit(unit, waiting, {"manager-overall": "green"}, by=waiting.auditor_id))
    await pick(world, cases_of(world, "east")[0])
    [talk_of] = world.all(Deadline, col(Deadline.kind) == "talk")
    assert talk_of.due_on == date(2026, 10, 9), "counted from when it had a case"
    world.close()
