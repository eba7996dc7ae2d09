"""The programme: cycles and cases by lot, samples for moderation; each drawn once, recorded and repeatable."""

from collections import Counter
from datetime import date
from pathlib import Path

from sqlmodel import col

from qabot.models import Audit, Case, CaseInvolvement, Cycle, Deadline, Draw, Moderation
from qabot.planning.choosing import again
from qabot.planning.sampling import Selection, sample
from tests.support.world import World


def owners(world: World) -> Counter[str]:
    return Counter(world.name(each.auditor_id) for each in world.all(Audit))


async def test_everybody_gets_their_quota_of_different_cases(quarter: World) -> None:
    assert owners(quarter) == dict.fromkeys(("ade", "bea", "cyrus", "dinah", "mina", "marcus", "rowan"), 3)
    cases = [each.case_reference for each in quarter.all(Audit)]
    assert None not in cases
    assert len(set(cases)) == len(cases)


async def test_nobody_gets_a_case_in_which_they_are_involved_or_which_they_oversee(quarter: World) -> None:
    cases = {each.reference: each for each in quarter.all(Case)}
    involved = {(each.case_id, each.person_id) for each in quarter.all(CaseInvolvement)}
    oversees = {"ade": {"stratford"}, "bea": {"beckton"}, "mina": {"stratford", "beckton"}, "marcus": {"east", "west"}}
    for audit in quarter.all(Audit):
        case = cases[audit.case_reference or ""]
        assert (case.id, audit.auditor_id) not in involved
        barred_teams = {quarter.ids[team] for team in oversees.get(quarter.name(audit.auditor_id), ())}
        assert case.team_id not in barred_teams


async def test_the_draw_can_be_repeated_from_what_was_recorded(quarter: World) -> None:
    (draw,) = quarter.all(Draw, col(Draw.purpose).startswith("allocation:"))
    choice = again(draw.seed, draw.terms)
    assert draw.pool == sorted(each["reference"] for each in draw.terms["cases"])
    assert [{"person": person, "cases": got} for person, got in choice.given.items()] == draw.result


async def test_the_programme_may_run_twice_or_late(quarter: World) -> None:
    before = len(quarter.all(Audit)), len(quarter.all(Cycle)), len(quarter.all(Deadline))
    for _ in range(3):
        await quarter.tick()
    quarter.restart()
    await quarter.tick()
    assert (len(quarter.all(Audit)), len(quarter.all(Cycle)), len(quarter.all(Deadline))) == before


async def test_a_cycle_whose_first_days_were_lost_is_allocated_when_the_service_is_back(tmp_path: Path) -> None:
    world = await World.start(tmp_path, "2026-09-01 08:00")
    await world.jump("2026-10-06 11:00")
    assert sum(owners(world).values()) == 21
    world.close()


async def test_an_auditor_who_knows_the_case_gets_another_and_the_deadline_stays(quarter: World) -> None:
    audit = next(each for each in quarter.all(Audit) if quarter.name(each.auditor_id) == "dinah")
    await quarter.press("dinah", "know-case", audit)
    (after,) = quarter.all(Audit, col(Audit.id) == audit.id)
    assert after.case_reference not in {None, audit.case_reference}
    assert after.due_on == audit.due_on == date(2026, 12, 31)


async def test_data_is_asked_for_two_weeks_before_the_cycle(quarter: World) -> None:
    asked = quarter.notices("della", message="data-request")
    assert [each.rule for each in asked] == ["NEW-SEL-2", "OURS-DAT-1"]
    assert asked[0].sent_at is not None
    assert asked[0].sent_at.date() == date(2026, 9, 17)


async def test_a_fifth_of_the_months_returns_is_drawn_on_the_first_working_day(quarter: World) -> None:
    for audit in quarter.all(Audit)[:11]:
        await quarter.submit(audit, "green")
    await quarter.jump("2026-10-30 18:00")
    await quarter.advance("2026-11-01 12:00")
    assert not quarter.all(Moderation), "1 November 2026 is a Sunday"
    await quarter.advance("2026-11-02 12:00")
    layers = Counter(each.layer for each in quarter.all(Moderation))
    assert layers["qa"] == 3
    assert layers["head-of-service"] >= len({each.team_id for each in quarter.all(Audit)[:11]})
    for draw in quarter.all(Draw, col(Draw.purpose).startswith("sample:qa")):
        assert sample(draw.seed, draw.pool, [], Selection(share=20)) == draw.result


async def test_every_red_one_is_drawn_at_once_and_never_by_its_auditor(quarter: World) -> None:
    red = quarter.all(Audit)[:7]
    for audit in red:
        await quarter.submit(audit, "red")
    drawn = {each.audit_id: each for each in quarter.all(Moderation)}
    assert set(drawn) == {each.id for each in red}
    assert {each.layer for each in drawn.values()} == {"head-of-service"}
    for audit in red:
        assert drawn[audit.id].moderator_id not in {None, audit.auditor_id}
    await quarter.jump("2026-11-01 12:00")
    await quarter.advance("2026-11-03 12:00")
    again = [each for each in quarter.all(Moderation) if each.layer == "head-of-service"]
    assert len(again) == len(drawn), "they count towards the fifth"


async def test_a_part_of_a_cycle_is_a_part_of_the_quota(tmp_path: Path) -> None:
    world = await World.start(tmp_path, "2026-09-01 08:00")
    await world.away("dinah", "2026-10-01", "2026-11-30")
    await world.away("cyrus", "2026-10-01", "2026-12-31")
    await world.jump("2026-09-30 12:00")
    await world.advance("2026-10-01 12:00")
    assert (owners(world)["dinah"], owners(world)["cyrus"], owners(world)["bea"]) == (1, 0, 3)
    world.close()
