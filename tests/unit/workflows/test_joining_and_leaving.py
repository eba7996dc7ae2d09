"""Pro rata for joiners, and leavers' work moves on: whatever way the work was given."""

from datetime import date
from pathlib import Path

from sqlmodel import col, select

from qabot.imports import plan_people, read_people
from qabot.imports.applying import apply_staff
from qabot.models import Audit, RoleHolding
from qabot.workflows.core.unit import Unit
from tests.support.world import World
from tests.unit.workflows.test_who_does_it import OBSERVATION, activity, begin, by, work

PER = activity("review", "every: quarter\n    do: [{rule: ABC-DDL-1, count: 3, per: peer}]")
HANIF = "name,email,roles\nHanif Bello,hanif@council.example,head-of-service@Safeguarding"
POOL = activity("peer-audit", "every: quarter\n    do: [{rule: ABC-DDL-1, count: 3, shared-by: [peer]}]")


async def imported(world: World, folder: Path, text: str) -> None:
    file = folder / "people.csv"
    file.write_text(text, "utf-8")

    def apply(unit: Unit) -> None:
        apply_staff(unit, plan_people(unit.session, read_people(file), unit.framework, unit.now))

    await world.run(apply)


async def autumn_passes(world: World) -> None:
    """Until the Monday in the middle of the quarter, from whose third day on nothing of it is looked at."""
    await world.advance("2026-10-02 12:00")
    await world.jump("2026-11-13 12:00")
    await world.advance("2026-11-16 12:00")


def of(world: World, name: str, person: str) -> list[Audit]:
    return [each for each in work(world, name) if each.auditor_id == world.ids[person]]


async def test_whoever_joins_has_their_part_of_the_cycle_once(tmp_path: Path) -> None:
    world = await begin(tmp_path, PER)
    await autumn_passes(world)
    assert by(world, "review")["hanif"] == 0
    await imported(world, tmp_path, f"{HANIF};peer\n")
    await world.advance("2026-11-20 12:00")
    assert by(world, "review")["hanif"] == 2, "33 of 65 working days are left, of three"
    assert by(world, "review")["ade"] == 3
    assert "review-allocated" in world.messages("hanif")
    assert [each.detail["given"] for each in world.events("joined-cycle")] == [2]
    world.close()


async def test_whoever_comes_back_has_their_part_of_the_cycle_too(tmp_path: Path) -> None:
    world = await begin(tmp_path, PER)
    row = "name,email,active\nAde Lawal,ade@council.example"
    await imported(world, tmp_path, f"{row},no\n")
    await world.advance("2026-10-14 12:00")
    assert by(world, "review")["ade"] == 0
    await imported(world, tmp_path, f"{row},yes\n")
    await world.advance("2026-10-16 12:00")
    assert by(world, "review")["ade"] == 3, "56 of 65 working days are left, of three"
    world.close()


async def test_whoever_takes_a_role_up_again_is_there_from_that_day_on(tmp_path: Path) -> None:
    world = await begin(tmp_path, PER)
    row = "name,email,roles\nAde Lawal,ade@council.example"
    await imported(world, tmp_path, f"{row},practice-lead@Stratford\n")
    await autumn_passes(world)
    before = by(world, "review")["ade"]
    await imported(world, tmp_path, f"{row},practice-lead@Stratford;peer\n")
    await world.advance("2026-11-20 12:00")
    assert by(world, "review")["ade"] - before == 2, "33 of 65 working days are left, of three"
    world.close()


async def test_whoever_takes_a_role_on_for_another_team_has_held_it_for_the_first_all_along(tmp_path: Path) -> None:
    world = await begin(tmp_path, PER)
    row = "name,email,roles\nAde Lawal,ade@council.example,practice-lead@Stratford"
    await world.advance("2026-10-14 12:00")
    await imported(world, tmp_path, f"{row};practice-lead@Beckton\n")
    held = world.all(RoleHolding, col(RoleHolding.role) == "practice-lead")
    days = {each.team_id: each.from_on for each in held if each.person_id == world.ids["ade"]}
    assert days == {world.ids["stratford"]: None, world.ids["beckton"]: date(2026, 10, 14)}
    world.close()


async def test_whoever_takes_a_role_on_the_day_on_which_work_is_given_has_all_of_it(tmp_path: Path) -> None:
    """A quarter's first day is when people change: its work is given at midnight, and the list comes at noon."""
    world = await begin(tmp_path, PER)
    row = "name,email,roles\nAde Lawal,ade@council.example"
    await imported(world, tmp_path, f"{row},practice-lead@Stratford\n")
    await world.advance("2026-10-01 12:00")
    assert (by(world, "review")["ade"], by(world, "review")["hanif"]) == (0, 0)
    given = by(world, "review")
    await imported(world, tmp_path, f"{row},practice-lead@Stratford;peer\n")
    await imported(world, tmp_path, f"{HANIF};peer\n")
    await world.advance("2026-10-05 12:00")
    assert (by(world, "review")["ade"], by(world, "review")["hanif"]) == (3, 3)
    assert {each: by(world, "review")[each] for each in given} == given, "and nobody else has more"
    assert "review-allocated" in world.messages("ade")
    world.close()


async def test_whoever_joins_a_pool_has_a_turn_in_the_next_cycle(tmp_path: Path) -> None:
    world = await begin(tmp_path, POOL)
    await autumn_passes(world)
    await imported(world, tmp_path, f"{HANIF};peer\n")
    await world.advance("2026-11-20 12:00")
    assert sum(by(world, "peer-audit").values()) == 3
    assert of(world, "peer-audit", "hanif") == []
    world.close()


async def test_somebody_new_in_a_team_is_observed_too(tmp_path: Path) -> None:
    world = await begin(tmp_path, OBSERVATION)
    await world.advance("2026-10-14 12:00")
    text = "name,email,team,service,roles\nNia Roe,nia@council.example,East,Children in Care,social-worker@East\n"
    await imported(world, tmp_path, text)
    await world.advance("2026-10-16 12:00")
    [newest] = work(world, "observation")[4:]
    assert (newest.auditor_id, newest.about) == (world.ids["cyrus"], "person")
    world.close()


async def test_whoever_moves_to_another_team_is_observed_once(tmp_path: Path) -> None:
    """They hold the role for one team after the other: together that is one part of the cycle, and not two."""
    world = await begin(tmp_path, OBSERVATION)
    await world.advance("2026-10-14 12:00")
    text = (
        "name,email,team,service,roles\nSofia Brandt,sofia@council.example,East,Children in Care,social-worker@East\n"
    )
    await imported(world, tmp_path, text)
    await world.advance("2026-10-20 12:00")
    about = [each for each in work(world, "observation") if each.practitioner_id == world.ids["sofia"]]
    assert len(about) == 1
    world.close()


async def test_whoever_moves_to_another_team_does_no_fewer(tmp_path: Path) -> None:
    per_team = activity("review", "every: quarter\n    do: [{rule: ABC-DDL-1, count: 3, per: practice-lead}]")
    world = await begin(tmp_path, per_team, "2026-09-21 10:00")
    with world.nodes[0].store.transaction() as session:
        of_ade = col(RoleHolding.person_id) == world.ids["ade"], col(RoleHolding.role) == "practice-lead"
        held = session.exec(select(RoleHolding).where(*of_ade)).one()
        held.to_on = date(2026, 11, 13)
        then = RoleHolding(person_id=held.person_id, role=held.role, team_id=world.ids["beckton"])
        then.from_on = date(2026, 11, 14)
        session.add_all([held, then])
    world.restart()
    await world.advance("2026-10-05 12:00")
    assert by(world, "review")["ade"] == 3
    world.close()


async def test_a_leavers_work_moves_on_in_the_pool_and_is_told_once(tmp_path: Path) -> None:
    world = await begin(tmp_path, POOL)
    await world.advance("2026-10-05 12:00")
    person = next(iter(by(world, "peer-audit")))
    [audit] = of(world, "peer-audit", person)
    due = audit.due_on
    await imported(world, tmp_path, f"name,email,active\n{world.person(person).name},{person}@council.example,no\n")
    await world.advance("2026-10-09 12:00")
    [moved] = world.all(Audit, col(Audit.id) == audit.id)
    assert moved.auditor_id != world.ids[person]
    assert moved.due_on == due, "dates and ladder go on"
    assert max(by(world, "peer-audit").values()) == 1, "whoever has least to do has it"
    handed = [each for each in world.notices(message="review-allocated") if "before" in each.params]
    assert [each.recipient_id for each in handed] == [moved.auditor_id]
    world.close()


async def test_an_observation_goes_to_the_next_lead_of_the_team_and_not_elsewhere(tmp_path: Path) -> None:
    world = await begin(tmp_path, OBSERVATION)
    await world.advance("2026-10-05 12:00")
    [audit] = of(world, "observation", "ade")
    await imported(world, tmp_path, "name,email,active\nAde Lawal,ade@council.example,no\n")
    [stays] = world.all(Audit, col(Audit.id) == audit.id)
    assert stays.auditor_id == world.ids["ade"], "nobody leads this team"
    await imported(
        world,
        tmp_path,
        f"{HANIF};practice-lead@Stratford\n",
    )
    [moved] = world.all(Audit, col(Audit.id) == audit.id)
    assert moved.auditor_id == world.ids["hanif"]
    await world.advance("2026-10-07 12:00")
    assert "work-given" in world.messages("hanif")
    world.close()


async def test_work_about_a_leaver_is_taken_out(tmp_path: Path) -> None:
    world = await begin(tmp_path, OBSERVATION)
    await world.advance("2026-10-05 12:00")
    await imported(world, tmp_path, "name,email,active\nSofia Brandt,sofia@council.example,no\n")
    states = {world.name(each.practitioner_id): each.state for each in work(world, "observation")}
    assert states == {"sofia": "withdrawn", "ben": "allocated", "ewan": "allocated", "wanda": "allocated"}
    assert "has left" in world.events("audit-withdrawn")[0].why
    world.close()
