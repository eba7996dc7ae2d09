"""Happenings about more time, letting off, agreeing, judging, and about who joins and leaves."""

from datetime import date
from pathlib import Path

import pytest
from pydantic import ValidationError
from sqlmodel import col

from qabot.errors import BadFile
from qabot.models import Audit, Deadline, DeadlineState, Person
from qabot.simulation import happenings as performing
from qabot.simulation import scenario as told
from qabot.simulation.scenario import Happening, Scenario, check_people, load_scenario
from tests.support.councils import Start, council
from tests.support.world import World, newham

OWED = """
questions: {learned: {label: What was learned?, type: text, optional: true}}
duties:
  check: {rule: ABC-DDL-1, title: Check the file, when: [practice-learning-review.submitted], owes: [practice-lead],
          due: opened + 10 working days, let-off: {approve: [service-manager]},
          put-off: {times: 1, approve: [service-manager]}}
  report: {rule: ABC-DDL-2, title: Write a report, when: [practice-learning-review.submitted], owes: [practice-lead],
           due: opened + 10 working days, ask: [learned], judged-by: [service-manager, head-of-service]}
"""
LATER = date(2027, 1, 20)


def email(person: str) -> str:
    return f"{person}@council.example"


@pytest.fixture
def start(tmp_path: Path) -> Start:
    return council(tmp_path)


async def graded(start: Start) -> tuple[World, Audit]:
    world = await start(OWED)
    return world, await world.graded("green", actions=False)


def read(folder: Path, text: str, world: World | None = None) -> Scenario:
    file = folder / "scenario.yaml"
    file.write_text(text, "utf-8")
    return load_scenario(file, world.framework if world else newham())


async def play(world: World, folder: Path, *happenings: str) -> None:
    """Read these happenings as a file, and play them one after the other, each in its own transaction."""
    entries = "".join(f'  - {{at: "2026-11-23 10:00", {each}}}\n' for each in happenings)
    for each in read(folder, f"happenings:\n{entries}", world).happenings:
        await perform(world, each)


async def perform(world: World, happening: Happening) -> None:
    await world.run(lambda unit: performing.play(unit, "scenario.yaml", happening))


def check(world: World) -> Deadline:
    return world.all(Deadline, col(Deadline.kind) == "check")[-1]


def why_of(world: World, what: str) -> list[tuple[int | None, str]]:
    return [(each.actor_id, each.why) for each in world.events(what)]


def not_yet(audit: Audit, more: str = ", why: workload") -> str:
    return f"not_yet: {{audit: {{reference: {audit.reference}}}, by: {email('ade')}, new_date: {LATER}{more}}}"


def let_off(audit: Audit, duty: str = "check") -> str:
    return f"let_off: {{audit: {{reference: {audit.reference}}}, duty: {duty}, by: {email('ade')}, why: changed}}"


def answer(audit: Audit, duty: str, by: str, **answers: str) -> str:
    given = ", ".join(f'{name}: "{each}"' for name, each in answers.items())
    return f"answer: {{audit: {{reference: {audit.reference}}}, duty: {duty}, by: {email(by)}, answers: {{{given}}}}}"


@pytest.mark.parametrize(("said", "due"), [("yes", LATER), ("no", None)])
async def test_a_new_date_is_asked_for_with_a_reason_and_agreed_or_not(
    start: Start, tmp_path: Path, said: str, due: date | None
) -> None:
    world, audit = await graded(start)
    before = check(world).due_on
    await play(world, tmp_path, not_yet(audit))
    assert check(world).due_on == before
    assert why_of(world, "agreement-asked") == [(world.ids["ade"], "Other work had to come first")]
    await play(world, tmp_path, answer(audit, "check-later", "mina", agreed=said))
    assert check(world).due_on == (due or before)
    assert [each.actor_id for each in world.events("agreed" if due else "not-agreed")] == [world.ids["mina"]]


async def test_somebody_is_let_off_once_it_is_agreed(start: Start, tmp_path: Path) -> None:
    world, audit = await graded(start)
    await play(world, tmp_path, let_off(audit))
    assert check(world).state == DeadlineState.open
    await play(world, tmp_path, answer(audit, "check-let-off", "mina", agreed="yes"))
    assert check(world).state == DeadlineState.met
    assert why_of(world, "let-off") == [(world.ids["ade"], "What it is about has changed, or is over")]


async def test_what_nobody_can_be_let_off_is_said_at_its_line(start: Start, tmp_path: Path) -> None:
    world, audit = await graded(start)
    with pytest.raises(BadFile, match="let_off: Nobody can be let off this"):
        await play(world, tmp_path, let_off(audit, "report"))


async def test_each_judge_answers_for_themselves(start: Start, tmp_path: Path) -> None:
    world, audit = await graded(start)
    await play(world, tmp_path, answer(audit, "report", "ade", learned="Much"))
    judges = world.all(Deadline, col(Deadline.kind) == "report-judged")
    assert len(judges) == 2
    last = judges[-1].owner_id
    name = next(name for name, number in world.ids.items() if number == last)
    await play(world, tmp_path, answer(audit, "report-judged", name, satisfied="yes"))
    states = {each.owner_id: each.state for each in world.all(Deadline, col(Deadline.kind) == "report-judged")}
    assert states == {judges[0].owner_id: DeadlineState.open, last: DeadlineState.met}


async def test_why_the_work_itself_takes_longer_is_not_asked(world: World, tmp_path: Path) -> None:
    audit = await world.audit("cyrus", team="stratford")
    text = not_yet(audit).replace(email("ade"), email("cyrus")).replace(f"{LATER}", "2026-12-04")
    with pytest.raises(BadFile, match="nobody asks why the work itself takes longer"):
        await play(world, tmp_path, text)
    await play(world, tmp_path, text.replace(", why: workload", ""))


def test_a_reason_that_is_not_on_the_form_is_refused() -> None:
    values = {"audit": {"reference": "QA-1"}, "by": "a@b.example", "duty": "actions", "why": "chagned"}
    with pytest.raises(ValidationError, match="'chagned' is not a reason of the form: did you mean 'changed'"):
        told.LetOff.model_validate(values)


def test_a_duty_that_no_file_makes_is_refused(tmp_path: Path) -> None:
    for text in (
        "answer: {audit: {reference: QA-1}, duty: actions-judged}",
        "let_off: {audit: {reference: QA-1}, duty: actoins, by: a@b.example, why: away}",
    ):
        with pytest.raises(BadFile, match="newham has no duty"):
            read(tmp_path, f"happenings:\n  - {{at: 2026-11-23, {text}}}\n")


async def test_somebody_joins_and_is_given_work(world: World, tmp_path: Path) -> None:
    audit = await world.audit("cyrus", team="stratford")
    eve = "eve.moss@council.example"
    join = f"import_person: {{name: Eve Moss, email: {eve}}}"
    await play(world, tmp_path, join, f"reassign: {{audit: {{reference: {audit.reference}}}, to: {eve}}}")
    [joined] = world.all(Person, col(Person.email) == eve)
    assert joined.active
    assert world.all(Audit)[0].auditor_id == joined.id


async def test_who_leaves_hears_no_more_and_whoever_is_next_does(start: Start, tmp_path: Path) -> None:
    world, _ = await graded(start)
    await play(world, tmp_path, f"import_person: {{name: Ade, email: {email('ade')}, active: no}}")
    assert not world.all(Person, col(Person.id) == world.ids["ade"])[0].active
    assert world.messages("mina") == []
    heard = world.messages("ade")
    await world.forward("11 working days")
    assert world.messages("ade") == heard
    assert set(world.messages("mina")) == {"duty", "duty-late"}


def test_whoever_joins_may_be_named_by_other_happenings(tmp_path: Path) -> None:
    eve = "eve.moss@council.example"
    file = read(
        tmp_path,
        f"happenings:\n  - {{at: 2026-11-23, import_person: {{name: Eve Moss, email: {eve}}}}}\n"
        f"  - {{at: 2026-11-24, away: {{person: {eve}, from: 2026-11-25, to: 2026-11-26}}}}\n",
    )
    check_people(file, set())
    with pytest.raises(BadFile, match="nobody with the e-mail"):
        check_people(read(tmp_path, f"happenings:\n  - {{at: 2026-11-24, back: {{person: {eve}}}}}\n"), set())


async def test_a_row_that_an_import_refuses_stops_the_play(world: World, tmp_path: Path) -> None:
    row = "import_person: {name: Eve Moss, email: eve.moss@council.example, roles: wizard}"
    with pytest.raises(BadFile, match="no role 'wizard'"):
        await play(world, tmp_path, row)


async def test_grades_are_corrected_with_a_reason_and_judged_again(start: Start, tmp_path: Path) -> None:
    world, audit = await graded(start)
    parts = dict.fromkeys(world.answers(audit), "red")
    given = ", ".join(f"{name}: {grade}" for name, grade in parts.items())
    await play(
        world, tmp_path, f"correct: {{audit: {{reference: {audit.reference}}}, answers: {{{given}}}, why: slip}}"
    )
    (found,) = world.all(Audit, col(Audit.id) == audit.id)
    assert found.grade == "red"
    assert "alert" in [each.kind for each in world.all(Deadline, col(Deadline.state) == DeadlineState.open)]


def test_a_reason_that_no_form_has_is_said() -> None:
    with pytest.raises(ValidationError, match="is not a reason of the form: did you mean 'slip'"):
        told.Correct.model_validate({"audit": {"reference": "QA-1"}, "grades": {"a": "red"}, "why": "slipp"})
