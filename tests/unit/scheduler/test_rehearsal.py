"""What a change would have qabot say is what the planner then says, and nothing of the change stays."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

from qabot.imports import plan_audits, plan_people, read_audits, read_people
from qabot.imports.applying import apply_audits, apply_staff
from qabot.models import Audit, Event, Notice, NoticeState, Occasion, Person
from qabot.scheduler.rehearsal import Said, rehearse
from qabot.workflows.core.unit import Unit
from tests.support.world import ACTIVITY, World

AUDITS = "case_reference,activity,cycle,auditor,practitioner,team,due,submitted_on,manager-overall\n"
RED = f"9000001,{ACTIVITY},2026-10-01,cyrus@council.example,sofia@council.example,Stratford,,2026-10-20,red\n"
OPEN = f"9000002,{ACTIVITY},2026-10-01,dinah@council.example,sofia@council.example,Stratford,2026-12-04,,\n"

Change = Callable[[Unit], object]


def written(folder: Path, text: str) -> Path:
    path = folder / "import.csv"
    path.write_text(text, "utf-8")
    return path


def of_audits(folder: Path, text: str, *, history: bool = False) -> Change:
    def change(unit: Unit) -> None:
        rows = plan_audits(unit.session, read_audits(written(folder, text), unit.framework), unit.framework).rows
        apply_audits(unit, rows, history=history)

    return change


def of_people(folder: Path, text: str) -> Change:
    rows = read_people(written(folder, text))
    return lambda unit: apply_staff(unit, plan_people(unit.session, rows, unit.framework, unit.now))


async def said(world: World, change: Change) -> list[Said]:
    desk = world.nodes[0].desk
    return await world.nodes[0].store.run(lambda session: rehearse(session, desk.unit, change))


def whole(world: World) -> list[object]:
    return [[each.model_dump() for each in world.all(model)] for model in (Audit, Person, Notice, Event, Occasion)]


async def test_what_is_foreseen_of_an_import_is_sent_after_it_and_nothing_of_it_stays(
    world: World, tmp_path: Path
) -> None:
    before, change = whole(world), of_audits(tmp_path, AUDITS + RED + OPEN)
    expected = await said(world, change)
    assert whole(world) == before
    await world.run(change)
    await world.advance("2026-12-07 23:59")
    sent = Counter(
        (each.message, each.recipient_id)
        for each in world.notices()
        if each.state == NoticeState.sent and each.message != "digest"
    )
    foreseen: Counter[tuple[str, int]] = Counter()
    for each in expected:
        foreseen[each.message, each.person_id] += each.times
    assert {"red-alert", "red-alert-again", "review-allocated"} <= {message for message, _ in foreseen}
    assert {key: sent[key] for key in foreseen} == foreseen
    lead = next(each for each in expected if each.message == "review-allocated")
    assert (lead.role, lead.times) == ("practice-lead", 1), "by name, so as what they are"


async def test_what_is_taken_as_over_would_have_nothing_sent(world: World, tmp_path: Path) -> None:
    assert await said(world, of_audits(tmp_path, AUDITS + RED, history=True)) == []


async def test_an_absence_on_a_day_on_which_work_falls_due_is_told_whoever_covers(world: World, tmp_path: Path) -> None:
    await world.audit("cyrus", due="2026-12-01")
    text = (
        "name,email,team,service,roles,away_from,away_to,away_deputy\n"
        "{name},{email},,,,2026-11-30,2026-12-04,dinah@council.example\n"
    )
    (cyrus,) = [each for each in world.all(Person) if each.email == "cyrus@council.example"]
    expected = await said(world, of_people(tmp_path, text.format(name=cyrus.name, email=cyrus.email)))
    more = {(each.message, each.person) for each in expected if each.times > 0}
    assert ("covering", "Dinah Cole") in more
    assert any(each.times < 0 and each.person_id == cyrus.id for each in expected), "and who is away hears less"
