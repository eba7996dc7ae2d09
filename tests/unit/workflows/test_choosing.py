"""Cases are chosen as the file says: who may have which, by turns, how many overlap; what is missing is told."""

from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col

from qabot.framework import Framework, load, require
from qabot.models import Audit, AuditState, Case, CaseInvolvement, Draw, RoleHolding
from qabot.planning.choosing import again
from qabot.workflows.core.situation import people_changed
from tests.support.small_council import CASES_PER_TEAM, TEAMS
from tests.support.world import ACTIVITY, World

Begin = Callable[..., Coroutine[Any, Any, World]]
OVERSEES = {
    "ade": {"stratford"},
    "bea": {"beckton"},
    "cyrus": {"east"},
    "dinah": {"west"},
    "mina": {"stratford", "beckton"},
    "marcus": {"east", "west"},
}
OWN_SERVICE = {
    **OVERSEES,
    "ade": {"stratford", "beckton"},
    "bea": {"stratford", "beckton"},
    "cyrus": {"east", "west"},
    "dinah": {"east", "west"},
}
SECOND = """
  dip-sample:
    rule: ABC-DDL-1
    title: dip sample
    plural: dip samples
    every: 2 months from 2026-10-01
    do: [{rule: ABC-DDL-1, per: quality-assurance, count: 6}]
    cases: {rule: ABC-DDL-1, never: [], overlap: {practice-learning-review: 25%}}
    ask: [manager-overall]
    grade: manager-overall
"""


def framework_with(folder: Path, cases: str, more: str = "") -> Framework:
    """Newham's file with these lines about the cases of its reviews."""
    path = folder / "council.yaml"
    rules = "rules: {ABC-DDL-1: {text: A rule of another council., source: invented}}\n"
    own = f"activities:\n  practice-learning-review: {{cases: {{{cases}}}}}\n"
    path.write_text(f"extends: newham\n{rules}{own}{more}", "utf-8")
    return require(load(path, [Path("frameworks")]))


@pytest.fixture
def begin(tmp_path: Path) -> Begin:
    """Starts a council two working days before its quarter begins."""

    async def start(cases: str, more: str = "", at: str = "2026-09-29 08:00") -> World:
        return await World.start(tmp_path, at, framework=framework_with(tmp_path, cases, more))

    return start


def teams_of(world: World, activity: str = ACTIVITY) -> dict[str, list[str]]:
    """The teams of each person's cases, in the order in which they were given."""
    names = {number: name for name, number in world.ids.items() if name in TEAMS}
    found: dict[str, list[str]] = {}
    for audit in world.all(Audit, col(Audit.activity) == activity):
        found.setdefault(world.name(audit.auditor_id), []).append(names.get(audit.team_id or 0, ""))
    return found


async def looked_at(world: World, reference: str, on: datetime, activity: str = ACTIVITY, **values: Any) -> None:
    """A piece of work about a case that came in on a day."""

    def add(unit: Any) -> None:
        unit.session.add(
            Audit(
                reference=f"OLD-{reference}",
                activity=activity,
                case_reference=reference,
                auditor_id=world.ids["rowan"],
                due_on=on.date(),
                allocated_at=on,
                **{"state": AuditState.finalised, "submitted_at": on, **values},
            )
        )

    await world.run(add)


async def test_own_service_and_not_own_team(begin: Begin) -> None:
    world = await begin("never: [involved, own-team], within: [own-service]")
    await world.advance("2026-10-01 12:00")
    found = teams_of(world)
    for lead in ("ade", "bea", "cyrus", "dinah"):
        assert set(found[lead]) <= OWN_SERVICE[lead] - OVERSEES[lead], lead
        assert len(found[lead]) == 3
    world.close()


async def test_whose_own_service_no_team_is_gets_no_case_and_quality_is_told_once(begin: Begin) -> None:
    """Rowan reviews for the whole council, and has no team and no service."""
    world = await begin("never: [involved], within: [own-service]")
    await world.advance("2026-10-01 12:00")
    rowans = [each for each in world.all(Audit) if world.name(each.auditor_id) == "rowan"]
    assert [each.case_reference for each in rowans] == [None] * 3, "nothing is drawn in its place"
    [short] = world.events("cases-short")
    assert short.why == "Rowan Vale (3)"
    [excluded] = world.events("cases-excluded")
    assert excluded.detail["by_person"][str(world.ids["rowan"])] == {"outside": CASES_PER_TEAM * len(TEAMS)}
    await world.advance("2026-10-12 12:00")
    assert world.messages("quinn").count("cases-short") == 1
    assert "no-case" not in world.messages("quinn")
    assert "review-allocated" not in world.messages("rowan"), "there is nothing to say yet"
    world.close()


async def test_what_was_looked_at_within_a_year_is_nobodys_whatever_it_was_called(begin: Begin) -> None:
    world = await begin("never: [{audited-within: 12 months}]")
    cases = [each.reference for each in world.all(Case)]
    await looked_at(world, cases[0], datetime(2025, 10, 1, 9, 0, tzinfo=UTC))
    await looked_at(world, cases[1], datetime(2025, 9, 30, 9, 0, tzinfo=UTC))
    await looked_at(world, cases[2], datetime(2026, 8, 1, 9, 0, tzinfo=UTC), activity="imported-work")
    await looked_at(world, cases[3], datetime(2026, 8, 1, 9, 0, tzinfo=UTC), state=AuditState.withdrawn)
    await looked_at(
        world, cases[4], datetime(2024, 8, 1, 9, 0, tzinfo=UTC), state=AuditState.allocated, submitted_at=None
    )
    await world.advance("2026-10-01 12:00")
    [draw] = world.all(Draw, col(Draw.purpose).startswith("allocation:"))
    kept_out = {each["reference"] for each in draw.terms["cases"] if each.get("audited")}
    assert kept_out == {cases[0], cases[2], cases[4]}, "a year, imported work, and what is open now"
    assert not kept_out & {each.case_reference for each in world.all(Audit) if each.cycle_id}
    world.close()


async def test_nothing_that_was_given_within_the_time_is_given_again_in_a_year(begin: Begin) -> None:
    """Four quarters want 84 cases, and there are 40: what is missing is told each time."""
    world = await begin("never: [{audited-within: 12 months}]")
    for eve, quarter in (("2026-09-30", "2026-10-01"), ("2026-12-31", "2027-01-01"), ("2027-03-31", "2027-04-01")):
        await world.jump(f"{eve} 12:00")
        await world.advance(f"{quarter} 12:00")
    references = [each.case_reference for each in world.all(Audit) if each.case_reference]
    assert len(references) == len(set(references)) == CASES_PER_TEAM * len(TEAMS)
    missing = sum(each.case_reference is None for each in world.all(Audit))
    told = [sum(each.detail["figures"]["short"].values()) for each in world.events("cases-short")]
    assert sum(told) == missing == 63 - 40
    world.close()


async def test_in_and_out_of_the_line_by_turns_from_cycle_to_cycle(begin: Begin) -> None:
    world = await begin("never: [involved], line: alternate")
    await world.advance("2026-10-01 12:00")
    await world.jump("2026-12-31 12:00")
    await world.advance("2027-01-02 12:00")
    for person, teams in teams_of(world).items():
        if person == "rowan":
            continue
        in_line = [team in OVERSEES[person] for team in teams]
        assert in_line == [True, False, True, False, True, False], person
    world.close()


async def test_whoever_oversees_nobody_has_no_turns_and_nobody_is_told(begin: Begin) -> None:
    world = await begin("never: [involved], line: alternate")
    await world.advance("2026-10-02 12:00")
    assert len(teams_of(world)["rowan"]) == 3
    assert world.events("cases-short") == []
    world.close()


async def test_where_no_case_in_line_may_be_given_there_is_another_and_quality_is_told(begin: Begin) -> None:
    """Practice Leads oversee their own team alone, of which this file gives nobody a case."""
    world = await begin("never: [involved, own-team], line: alternate")
    await world.advance("2026-10-02 12:00")
    [short] = world.events("cases-short")
    missed = {str(world.ids[each]): 2 for each in ("ade", "bea", "cyrus", "dinah")}
    assert short.detail["figures"] == {"short": {}, "missed": missed, "overlap": {}}
    assert world.messages("quinn").count("cases-short") == 1
    world.close()


async def test_a_case_that_is_given_back_is_followed_by_one_of_the_same_kind(begin: Begin) -> None:
    world = await begin("never: [involved], line: alternate")
    await world.advance("2026-10-01 12:00")
    for audit in [each for each in world.all(Audit) if world.name(each.auditor_id) == "dinah"]:
        await world.press("dinah", "know-case", audit)
        [after] = world.all(Audit, col(Audit.id) == audit.id)
        assert after.case_reference not in {None, audit.case_reference}
        assert after.in_line == audit.in_line == (after.team_id == world.ids["west"])
    world.close()


async def test_a_quarter_of_the_cases_are_cases_of_the_other_work_too(begin: Begin) -> None:
    """Two do six each: three of twelve are reviewed as well."""
    world = await begin("never: [involved]", SECOND)
    await world.advance("2026-10-02 12:00")
    reviewed = {each.case_reference for each in world.all(Audit, col(Audit.activity) == ACTIVITY)}
    sampled = [each.case_reference for each in world.all(Audit, col(Audit.activity) == "dip-sample")]
    assert len(sampled) == 12
    assert sum(each in reviewed for each in sampled) == 3
    assert world.events("cases-short") == []
    world.close()


async def test_what_is_to_be_overlapped_is_chosen_first_wherever_it_stands(begin: Begin) -> None:
    own = SECOND.replace(", overlap: {practice-learning-review: 25%}", "")
    world = await begin("never: [involved], overlap: {dip-sample: 50%}", own)
    await world.advance("2026-10-02 12:00")
    sampled = {each.case_reference for each in world.all(Audit, col(Audit.activity) == "dip-sample")}
    reviewed = [each.case_reference for each in world.all(Audit, col(Audit.activity) == ACTIVITY)]
    assert sum(each in sampled for each in reviewed) == 11, "half of 21, rounded up"
    world.close()


async def test_an_overlap_with_too_little_is_told(begin: Begin) -> None:
    more = SECOND.replace("25%", "50%").replace("every: 2 months from 2026-10-01", "every: week from 2026-09-07")
    world = await begin("never: [involved]", more, "2026-09-04 08:00")
    await world.advance("2026-09-08 12:00")
    [short] = world.events("cases-short")
    assert short.why == "0 of 6 are cases of the Practice Learning Reviews too"
    assert None not in [each.case_reference for each in world.all(Audit)], "everybody has a case all the same"
    world.close()


async def test_what_must_overlap_may_have_been_looked_at(begin: Begin) -> None:
    never = "never: [{audited-within: 12 months}]"
    world = await begin("never: [involved]", SECOND.replace("never: []", never))
    await world.advance("2026-10-02 12:00")
    reviewed = {each.case_reference for each in world.all(Audit, col(Audit.activity) == ACTIVITY)}
    sampled = [each.case_reference for each in world.all(Audit, col(Audit.activity) == "dip-sample")]
    assert sum(each in reviewed for each in sampled) == 3
    world.close()


async def test_a_role_for_the_whole_council_that_oversees_oversees_every_case(begin: Begin) -> None:
    more = """
  board-review:
    rule: ABC-DDL-1
    title: review
    plural: reviews
    every: month from 2026-10-01
    do: [{rule: ABC-DDL-1, per: guardian, count: 1}]
    cases: {rule: ABC-DDL-1, never: [oversight]}
    ask: [manager-overall]
    grade: manager-overall
roles:
  guardian: {title: Guardian, of: council, does: [oversees], above: quality-assurance}
"""
    world = await begin("never: [involved]", more)
    await world.run(lambda unit: _give_role(unit, world.ids["sian"], "guardian"))
    await world.advance("2026-10-01 12:00")
    [review] = world.all(Audit, col(Audit.activity) == "board-review")
    assert review.case_reference is None
    world.close()


def _give_role(unit: Any, person: int, role: str) -> None:
    unit.session.add(RoleHolding(person_id=person, role=role))
    people_changed(unit.session)


async def test_everything_that_was_chosen_can_be_chosen_again(begin: Begin) -> None:
    world = await begin("never: [involved, own-team, {audited-within: 1 year}], line: alternate", SECOND)
    await world.run(lambda unit: unit.session.add(CaseInvolvement(case_id=3, person_id=world.ids["bea"])))
    await world.advance("2026-10-01 12:00")
    await world.jump("2026-11-30 12:00")
    await world.advance("2026-12-01 12:00")
    draws = world.all(Draw, col(Draw.purpose).startswith("allocation:"))
    assert len(draws) == 3
    for draw in draws:
        choice = again(draw.seed, draw.terms)
        kept = {each["person"]: each["cases"] for each in draw.result}
        assert {person: [each for each in got if each] for person, got in choice.given.items()} == kept
    world.close()


async def test_work_is_not_handed_to_whoever_must_not_have_its_case(begin: Begin) -> None:
    world = await begin("never: [own-team], within: [own-service]")
    await world.advance("2026-10-01 12:00")
    audit = next(each for each in world.all(Audit) if world.name(each.auditor_id) == "ade")
    for person, why in (("bea", "works in the team of"), ("dinah", "is not among those who may look at")):
        with pytest.raises(Exception, match=why):
            await world.reassign(audit, person)
    world.close()
