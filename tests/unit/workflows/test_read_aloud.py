"""What a year of a council said that was untrue, unkind or nonsense when it was read aloud."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from qabot.messaging.card import plain_card
from qabot.messaging.files import Catalogue
from qabot.messaging.samples import sample_buttons, sample_context
from qabot.messaging.values import capital, inline
from qabot.messaging.views import Item
from qabot.models import Audit
from qabot.workflows.core import looks
from qabot.workflows.core.unit import Unit
from qabot.workflows.core.words import say_closed
from qabot.workflows.verbs import nominations
from tests.support.world import World, local

WHEN = "3 May 2026 at 9am"


@pytest.mark.parametrize(
    ("why", "said"),
    [
        ("Acknowledged", f"Acknowledged by Ana Lim on {WHEN}"),
        ("It has gone out", f"It has gone out (Ana Lim, {WHEN})"),
        ("Meeting on 13 May 2026", f"Meeting on 13 May 2026 (Ana Lim, {WHEN})"),
        ("Decided: Nobody else", f"Decided: Nobody else (Ana Lim, {WHEN})"),
        ("The audit's actions are enough", f"The audit's actions are enough (Ana Lim, {WHEN})"),
        ("More is needed, and it is on the record", f"More is needed, and it is on the record (Ana Lim, {WHEN})"),
    ],
)
def test_an_answer_is_not_said_to_be_by_somebody(why: str, said: str) -> None:
    assert say_closed(why, "Ana Lim", WHEN) == said
    assert say_closed(why, "", WHEN) == f"{why} on {WHEN}"


def test_what_somebody_wrote_ends_no_sentence_in_the_middle_of_a_line() -> None:
    assert inline("The plan is up to date. ") == "The plan is up to date"
    assert inline("Who asked? Nobody") == "Who asked? Nobody"


async def test_whoever_nominates_somebody_of_their_own_is_not_told_so_by_themselves(world: World) -> None:
    world.change("sofia", line_manager_id=world.ids["mina"])
    given: dict[str, Any] = {"seen_on": local("2026-11-20").date(), "what": "x", "difference": "y", "seen_in": "Other"}
    await world.run(lambda unit: nominations.nominate(unit, world.ids["sofia"], given, by=world.ids["mina"]))
    assert [each.message for each in world.notices("mina") if each.subject_type == "nomination"] == ["nomination-copy"]


def test_what_a_framework_calls_work_begins_a_heading_with_a_capital() -> None:
    assert capital("practice evaluation") == "Practice evaluation"
    assert capital("Practice Learning Review") == "Practice Learning Review"
    assert capital("") == ""


SHIPPED = Catalogue.load([Path(__file__).parents[3] / "messages"])


def words(name: str, item: Item, reader: str = "Priya Raman") -> str:
    """A message about one thing, as somebody reads it."""
    context = sample_context(SHIPPED.get(name).sample)
    parts = {part: getattr(item, part) for part in ("audit", "deadline", "cycle", "occasion", "nomination", "row")}
    context["recipient"].name = reader
    return plain_card(SHIPPED.render(name, context | {"items": [item], **parts}, sample_buttons({})))


def one(sample: str) -> Item:
    first: Item = sample_context(sample)["items"][0]
    return first


def test_a_meeting_is_named_once_when_it_is_asked_how_it_went() -> None:
    held = one("gathering")
    assert held.deadline is not None
    asked = replace(held, deadline=replace(held.deadline, title="Practice Board, how it went"))
    for name in ("duty", "duty-late", "nudge"):
        heading = words(name, asked).splitlines()[0]
        assert heading.count("Practice Board") == 1, heading
        assert "15 December 2026" in heading


def test_whoever_gave_a_new_date_is_not_said_to_have_said_nothing() -> None:
    late = one("audit")
    assert late.deadline is not None
    gave = replace(late.deadline, due=date(2026, 11, 20), expected=date(2026, 12, 11))
    late = replace(late, deadline=gave)
    assert "Cal Mensah gave 11 December 2026 as a new date. It was due on 20 November 2026." in words("duty-late", late)
    assert "You gave 11 December 2026 as a new date." in words("duty-late", late, "Cal Mensah")
    late = replace(late, deadline=replace(gave, expected=None, help_asked=None))
    assert "We have not heard from Cal Mensah about this yet." in words("duty-late", late)


def test_whoever_asked_for_help_is_not_said_to_have_said_nothing() -> None:
    late = one("audit")
    assert late.deadline is not None
    late = replace(late, deadline=replace(late.deadline, expected=None, help_asked=date(2026, 11, 16)))
    for reader, then in (("Priya Raman", "Please see what would help"), ("Cal Mensah", "Those who can help")):
        said = words("duty-late", late, reader)
        assert f"Help or more time was asked for on 16 November 2026. {then}" in said
        assert "not heard from" not in said
        assert "tell us" not in said


def test_whose_record_of_good_practice_it_is_about_stands_in_what_is_late() -> None:
    given = replace(one("nomination"), deadline=one("many").deadline)
    assert given.nomination is not None
    given = replace(given, nomination=replace(given.nomination, nominee="Eve Sarkar"))
    assert "Colleague: Eve Sarkar" in words("duty-late", given)
    assert "about Eve Sarkar, due 31 December 2026" in words("past-date", given)
    assert "You sent this record." in words("nomination-qa", given, "Hana Sato")


def test_two_second_looks_at_one_piece_of_work_can_be_told_apart() -> None:
    look = one("moderation")
    assert look.moderation is not None
    looks = [
        replace(look, moderation=replace(look.moderation, layer="Monthly look")),
        replace(look, moderation=replace(look.moderation, layer="Look at low grades")),
    ]
    context = sample_context("moderation") | {"items": looks}
    both = plain_card(SHIPPED.render("moderation", context, sample_buttons({})))
    assert "North, Monthly look, due 31 December 2026" in both
    assert "North, Look at low grades, due 31 December 2026" in both
    assert "look, due" not in words("moderation", looks[0]).replace("second look, due", ""), "one alone needs no name"


async def test_what_waits_for_others_says_for_whom(world: World) -> None:
    await world.graded()
    await world.advance("2026-12-15 12:00")
    page = plain_card(await world.nodes[0].desk.home(world.who("dara")))
    _, others = page.split("Waiting for others\n", 1)
    assert "Date of the Practice Improvement Meeting: QA-1001" in others
    assert ", with Mina Sharpe" in others


async def test_a_date_that_was_given_and_has_passed_is_not_expected_any_more(world: World) -> None:
    audit = await world.audit("cyrus")
    await world.advance("2026-11-24 12:00")
    token = world.deadline("audit", audit).token
    await world.send_form("cyrus", "not-yet", token, new_date="2026-12-01")
    assert "you expect it on 1 December 2026" in plain_card(await world.nodes[0].desk.home(world.who("cyrus")))
    await world.advance("2026-12-02 12:00")
    assert "you expected it on 1 December 2026" in plain_card(await world.nodes[0].desk.home(world.who("cyrus")))


@pytest.mark.parametrize(
    ("grade", "said"), [("green", "is the same as at first"), ("amber", "is another one than at first")]
)
async def test_whoever_did_it_first_reads_whether_they_are_seen_the_same_way(
    world: World, grade: str, said: str
) -> None:
    audit = await world.graded("green")
    rules = world.framework.samples["head-of-service"]

    def draw(unit: Unit) -> None:
        found = unit.session.get_one(Audit, audit.id)
        looks.draw_one(unit, found, "head-of-service", rules.rule, world.ids["hanif"], terms=rules.terms)

    await world.run(draw)
    reply = await world.moderate("hanif", audit, grade, kind="moderation")
    assert "Please talk it through with Cyrus Patel." in str(reply)
    await world.forward("1 working day")
    (card,) = [each for each in map(plain_card, world.cards("cyrus")) if "The second look at QA-1001 is done" in each]
    assert f"The grade {said}" in card
    assert "Second look: Head of Service moderation" in card
    assert "GREEN" not in card.split("The second look at")[1]


def test_what_has_been_answered_is_not_headed_as_unanswered() -> None:
    """Below "No answer yet" stood who had done it and when."""
    late = one("audit")
    assert late.deadline is not None
    assert words("duty-late", late).startswith("No answer yet: ")
    done = replace(late, deadline=replace(late.deadline, open=False))
    assert "No answer yet" not in words("duty-late", done).splitlines()[0]


def test_work_whose_case_is_still_to_be_chosen_says_so_to_whoever_is_reminded_of_it() -> None:
    """They were asked to send what they could not send, and did not read why."""
    late = one("many")
    assert late.audit is not None
    waits = replace(late, audit=replace(late.audit, case_reference="", about="", needs_case=True))
    for name in ("past-date", "work-given", "pool-reminder", "duty"):
        assert "no case yet" in words(name, waits), name
        assert "no case yet" not in words(name, late), name
    assert "please answer it here" not in words("duty", waits)


def test_who_waits_for_a_case_is_not_said_to_be_silent() -> None:
    """Nobody can send what has no case: it was said that the date has passed "without an answer" of theirs."""
    late = one("many")
    assert late.audit is not None
    waits = replace(late, audit=replace(late.audit, case_reference="", about="", needs_case=True))
    for name in ("past-date", "review-reminder", "pool-reminder", "evaluation-reminder"):
        assert "not yours to put right" in words(name, waits), name
        assert "not yours to put right" not in words(name, late), name
    assert "if it is done, send it" not in words("past-date", waits)
    assert waits.deadline is not None
    silent = replace(waits.deadline, expected=None, help_asked=None, last_reply="")
    for name in ("open-by-service", "duty-late"):
        said = words(name, replace(waits, deadline=silent))
        assert "no answer yet" not in said.lower(), name
        assert "no case yet" in said.lower(), name


def test_what_has_no_date_is_not_asked_as_if_it_had() -> None:
    """ "There is nothing you need to do", said one message, and the next: "please answer it here"."""
    asked = one("audit")
    assert asked.deadline is not None
    asked = replace(asked, deadline=replace(asked.deadline, owner=""))
    assert asked.deadline is not None
    undated = replace(asked, deadline=replace(asked.deadline, due=None))
    assert "when it suits you: there is no date" in words("duty", undated)
    assert "by the date below" in words("duty", asked)


def test_nothing_is_said_of_grades_where_there_is_none_nor_of_the_case_system_about_a_thank_you() -> None:
    sent = one("audit")
    assert sent.audit is not None
    assert "No grade goes to" in words("audit-submitted", sent)
    assert "grade" not in words("audit-submitted", replace(sent, audit=replace(sent.audit, grade=""))).casefold()
    given = one("nomination")
    assert given.nomination is not None
    thanks = replace(one("audit"), audit=None, nomination=given.nomination)
    assert "case system" not in words("duty", thanks)


def test_a_list_that_counts_one_thing_speaks_of_one() -> None:
    late = one("many")
    assert late.deadline is not None
    done = replace(late, deadline=replace(late.deadline, open=False))
    context = sample_context("many") | {"items": [late, done]}
    said = plain_card(SHIPPED.render("past-date", context, sample_buttons({})))
    assert said.startswith("1 thing past its date")
    assert "This is still open" in said
