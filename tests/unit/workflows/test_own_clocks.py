"""Work since the last one: each person's own clock, counted from the last piece about them (language, sentence 21)."""

from collections.abc import Callable, Coroutine
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from qabot.framework import Framework, load, require
from qabot.framework.calendar import LONDON, at_local, local_day
from qabot.messaging.card import plain_card
from qabot.models import Audit, AuditState, Deadline, OwnClock, RoleHolding
from qabot.workflows.core.situation import people_changed
from qabot.workflows.programme import withdrawing
from qabot.workflows.programme.allocation import new_reference
from qabot.workflows.verbs import audits
from tests.support.world import World
from tests.unit.scheduler.test_watcher import watcher

FILE = """
extends: newham
rules: {{ABC-ACT-1: {{text: Everybody's practice is observed., source: invented}}}}
roles:
  social-worker: {{title: Social Worker, of: team}}
calendar: {{practice-week: {{rule: ABC-ACT-1, days: [2026-05-11 to 2026-05-15]}}}}
activities:
  practice-learning-review: {{do: []}}
  observation:
    rule: ABC-ACT-1
    title: observation
    plural: observations
    every: since last
    about: person
    {keys}
    do: [{{rule: ABC-ACT-1, for-each: social-worker, owes: [practice-lead]}}]
    ask: [overall, risk]
    grade: overall
questions:
  overall: {{label: Overall, scale: brag}}
  risk: {{label: Risk, choice: {{high: High, low: Low}}, optional: true}}
"""
YEARLY = "opens: last + 6 months\n    due: last + 12 months"
BY_RESULT = "opens: last + 6 months\n    due: {according-to: last.grade, red: last + 3 months, else: last + 12 months}"
WORKERS = ("sofia", "ben", "ewan", "wanda")
DAY = "2026-07-20 07:00"
"""A Monday on which Sofia's is given at once: her clock counts from more than six months before."""
Begin = Callable[..., Coroutine[Any, Any, World]]


def framework_with(folder: Path, keys: str) -> Framework:
    path = folder / "council.yaml"
    path.write_text(FILE.format(keys=keys), "utf-8")
    return require(load(path, [Path("frameworks")]))


@pytest.fixture
def begin(tmp_path: Path) -> Begin:
    """Starts a council in which these are social workers, whose practice their Practice Lead observes."""

    async def started(
        keys: str = YEARLY, workers: tuple[str, ...] = WORKERS, at: str = "2026-01-05 07:00", *, leads: bool = True
    ) -> World:
        def hold(session: Any, ids: dict[str, int]) -> None:
            for held in session.exec(select(RoleHolding)):
                if not leads and (held.role, held.person_id) != ("quality-assurance", ids["quinn"]):
                    session.delete(held)
            for each in workers:
                team = {"ben": "beckton", "ewan": "east", "wanda": "west"}.get(each, "stratford")
                session.add(RoleHolding(person_id=ids[each], role="social-worker", team_id=ids[team]))

        return await World.start(tmp_path, at, framework=framework_with(tmp_path, keys), before=hold)

    return started


async def months_pass(world: World, to: date) -> None:
    """The service is up on one day a month: whatever may be given at all may be for six."""
    day = local_day(world.clock.now())
    while day < to:
        day = min(day + timedelta(days=28), to)
        await world.jump(f"{day} 12:00")


def pieces(world: World, person: str, state: str = "allocated") -> list[Audit]:
    """The observations of somebody's practice."""
    whose = col(Audit.practitioner_id) == world.ids[person]
    return [each for each in world.all(Audit, whose) if each.state == state]


async def submit(world: World, audit: Audit, grade: str = "green", **answers: str) -> None:
    """The grades come in, and what else is answered."""

    def work(unit: Any) -> None:
        row = unit.session.get_one(Audit, audit.id)
        audits.submit(unit, row, {"overall": grade, **answers}, by=None)

    await world.run(work)


async def imported(world: World, person: str, on: date, grade: str = "green") -> Audit:
    """A piece that was done elsewhere comes in."""

    def work(unit: Any) -> Audit:
        row = Audit(
            reference=new_reference(unit),
            activity="observation",
            about="person",
            auditor_id=world.ids["ade"],
            practitioner_id=world.ids[person],
            team_id=world.ids["stratford"],
            due_on=on,
            allocated_at=unit.now,
        )
        unit.session.add(row)
        unit.session.flush()
        audits.submit(unit, row, {"overall": grade}, by=None, at=at_local(on, datetime.min.time().replace(hour=12)))
        return row

    return await world.run(work)


def due_of(world: World, audit: Audit) -> date:
    due = world.deadline("audit", audit).due_on
    assert due is not None
    assert due == audit.due_on
    return due


async def test_without_a_last_one_first_dates_are_spread_over_one_period(begin: Begin) -> None:
    world = await begin()
    clocks = {each.person_id: each for each in world.all(OwnClock)}
    assert set(clocks) == {world.ids[each] for each in WORKERS}
    first = date(2026, 1, 5)
    froms = sorted(each.counts_from for each in clocks.values())
    assert len(set(froms)) == 4, "not everybody is due on one day"
    assert all(first - timedelta(days=365 - 28) <= each <= first for each in froms)
    await months_pass(world, date(2027, 1, 6))
    dues = [due_of(world, each) for worker in WORKERS for each in pieces(world, worker)]
    assert len(dues) == 4, "nobody is forgotten"
    assert all(date(2026, 1, 5) < each <= date(2027, 1, 5) for each in dues), dues
    assert max(dues) - min(dues) > timedelta(days=90)
    world.close()


async def test_it_is_given_as_its_window_opens_to_whoever_does_it_for_the_team(begin: Begin) -> None:
    world = await begin(workers=("ben",))
    [clock] = world.all(OwnClock)
    assert clock.counts_from == date(2025, 10, 6)
    await world.jump("2026-04-06 12:00")
    assert pieces(world, "ben") == [], "6 April is Easter Monday"
    await world.advance("2026-04-07 12:00")
    [piece] = pieces(world, "ben")
    assert (world.name(piece.auditor_id), piece.role, piece.about) == ("bea", "practice-lead", "person")
    assert local_day(piece.allocated_at) == date(2026, 4, 7)
    [notice] = [each for each in world.notices("bea", state="sent") if each.message == "work-given"]
    assert notice.reason == "There has been none yet"
    world.close()


async def test_the_next_is_counted_from_the_submission_of_the_last(begin: Begin) -> None:
    world = await begin(workers=("sofia",), at=DAY)
    await world.advance("2026-07-20 12:00")
    [piece] = pieces(world, "sofia")
    await submit(world, piece)
    await world.jump("2027-01-19 12:00")
    assert pieces(world, "sofia") == []
    await world.advance("2027-01-20 12:00")
    [following] = pieces(world, "sofia")
    assert due_of(world, following) == date(2027, 7, 20)
    notice = [each for each in world.notices("ade", state="sent") if each.message == "work-given"][-1]
    assert notice.reason == "The last one was on 20 July 2026"
    world.close()


async def test_what_came_by_import_counts_as_the_last(begin: Begin) -> None:
    world = await begin(workers=("sofia",), at="2026-01-05 07:00")
    await world.advance("2026-01-05 08:00")
    for each in pieces(world, "sofia"):
        await submit(world, each)
    await imported(world, "sofia", date(2026, 3, 2))
    await world.jump("2026-09-01 12:00")
    assert pieces(world, "sofia") == []
    await world.advance("2026-09-03 12:00")
    [piece] = pieces(world, "sofia")
    assert due_of(world, piece) == date(2027, 3, 2)
    world.close()


async def test_an_extra_one_withdraws_what_is_open_and_sets_the_clock_back(begin: Begin) -> None:
    world = await begin(workers=("sofia",), at=DAY)
    await world.advance("2026-07-20 12:00")
    [piece] = pieces(world, "sofia")
    extra = await imported(world, "sofia", date(2026, 7, 21))
    await world.advance("2026-07-23 12:00")
    assert pieces(world, "sofia") == []
    [gone] = pieces(world, "sofia", AuditState.withdrawn)
    assert gone.id == piece.id
    assert [each.why for each in world.events("audit-withdrawn")] == [
        f"{extra.reference} about the same person came in"
    ]
    assert "no-longer-yours" in world.messages("ade")
    noun = world.framework.activities[piece.activity].title.capitalize()
    told = "\n".join(plain_card(each) for each in world.cards("ade"))
    assert f"{noun} {piece.reference} is no longer with you" in told, "it is no review, and is not called one"
    await world.jump("2027-01-20 12:00")
    assert pieces(world, "sofia") == []
    await world.advance("2027-01-21 12:00")
    assert len(pieces(world, "sofia")) == 1
    world.close()


async def test_a_last_one_that_is_withdrawn_was_none(begin: Begin) -> None:
    world = await begin(workers=("sofia",), at=DAY)
    await world.advance("2026-07-20 12:00")
    [piece] = pieces(world, "sofia")
    await submit(world, piece)
    number = piece.id

    def withdraw(unit: Any) -> bool:
        return withdrawing.withdraw(unit, unit.session.get_one(Audit, number), "mistake", by=None)

    await world.run(withdraw)
    await world.advance("2026-07-22 12:00")
    assert len(pieces(world, "sofia")) == 1, "it is still owed"
    world.close()


async def test_a_rhythm_by_the_last_result(begin: Begin) -> None:
    world = await begin(BY_RESULT, ("sofia",), DAY)
    await world.advance("2026-07-20 12:00")
    [piece] = pieces(world, "sofia")
    await submit(world, piece, "red")
    await world.jump("2026-09-21 12:00")
    assert pieces(world, "sofia") == []
    await world.advance("2026-09-22 12:00")
    [following] = pieces(world, "sofia")
    assert due_of(world, following) == date(2026, 10, 20), "given four weeks before, though it opens after six months"
    await submit(world, following, "blue")
    await world.jump("2027-03-21 12:00")
    assert pieces(world, "sofia") == []
    await world.advance("2027-03-22 12:00")
    [third] = pieces(world, "sofia")
    assert due_of(world, third) == date(2027, 9, 22)
    world.close()


async def test_results_of_a_scale_that_is_gone_are_told(begin: Begin, tmp_path: Path) -> None:
    """The next one goes by `else`, which is later than whoever was red was told: somebody has to hear of it."""
    world = await begin(BY_RESULT, ("sofia", "ben"), "2026-07-13 07:00")
    await world.jump("2026-07-20 12:00")
    for person, grade in {"sofia": "red", "ben": "green"}.items():
        await imported(world, person, date(2026, 7, 17), grade)
    assert [each for each in await watcher(world).look() if each.kind == "framework-changed"] == []
    due = BY_RESULT.replace("red:", "poor:")
    path = tmp_path / "changed.yaml"
    levels = "scales: {levels: {version: levels-1, labels: {poor: Poor, green: Secure}}}\n"
    path.write_text(FILE.format(keys=due).replace("scale: brag", "scale: levels") + levels, "utf-8")
    world.framework = require(load(path, [Path("frameworks")]))
    world.restart()
    [finding] = [each for each in await watcher(world).look() if each.kind == "framework-changed"]
    assert finding.sentence == (
        "The last observation about 1 person came to what the framework does not know any more (red): the next is due "
        "as “else” says. Ask for one where that is too late."
    )
    world.close()


async def test_a_rhythm_by_what_the_last_one_was_answered(begin: Begin) -> None:
    due = "due: {according-to: last.risk, high: last + 3 months, else: last + 12 months}"
    world = await begin(due, ("sofia",))
    world.clock.set(datetime(2027, 1, 4, 9, 0, tzinfo=LONDON))
    await world.tick()
    [piece] = pieces(world, "sofia")
    await submit(world, piece, risk="high")
    world.clock.set(datetime(2027, 3, 15, 9, 0, tzinfo=LONDON))
    await world.tick()
    [following] = pieces(world, "sofia")
    assert due_of(world, following) == date(2027, 4, 2), "4 April is a Sunday, so it is due on the Friday before"
    await submit(world, following)
    await world.advance("2027-03-17 12:00")
    assert pieces(world, "sofia") == [], "without an answer it is due in a year"
    world.close()


async def test_a_result_that_is_corrected_moves_what_is_open(begin: Begin) -> None:
    world = await begin(BY_RESULT, ("sofia",), DAY)
    await world.advance("2026-07-20 12:00")
    [piece] = pieces(world, "sofia")
    await submit(world, piece, "red")
    await world.jump("2026-09-22 12:00")
    [following] = pieces(world, "sofia")

    def correct(grade: str) -> Callable[[Any], None]:
        def work(unit: Any) -> None:
            row = unit.session.get_one(Audit, piece.id)
            row.grade = grade
            unit.session.add(row)

        return work

    await world.run(correct("green"))
    await world.advance("2026-09-23 12:00")
    [same] = pieces(world, "sofia")
    assert same.id == following.id
    assert due_of(world, same) == date(2027, 7, 20)
    [moved] = world.events("due-moved")
    assert moved.why == f"it is counted from {piece.reference}"
    await world.run(correct("red"))
    world.clock.set(datetime(2026, 12, 1, 9, 0, tzinfo=LONDON))
    await world.tick()
    [again] = pieces(world, "sofia")
    assert due_of(world, again) == date(2026, 12, 2), "moved earlier it is the next working day at the soonest"
    world.close()


async def test_whoever_joins_has_a_clock_from_their_first_day(begin: Begin) -> None:
    world = await begin(workers=("sofia",), at="2026-06-01 07:00")
    await world.advance("2026-06-01 12:00")
    with world.nodes[0].store.transaction() as session:
        session.add(RoleHolding(person_id=world.ids["ben"], role="social-worker", team_id=world.ids["beckton"]))
        people_changed(session)
    await world.advance("2026-06-02 12:00")
    [clock] = [each for each in world.all(OwnClock) if each.person_id == world.ids["ben"]]
    assert clock.since == date(2026, 6, 2)
    await months_pass(world, date(2027, 6, 3))
    [piece] = pieces(world, "ben")
    assert date(2026, 6, 30) <= due_of(world, piece) <= date(2027, 6, 2)
    world.close()


async def test_whoever_leaves_is_looked_at_no_more_and_whoever_comes_back_is_again(begin: Begin) -> None:
    world = await begin(workers=("sofia",), at=DAY)
    await world.advance("2026-07-20 12:00")
    assert len(pieces(world, "sofia")) == 1
    with world.nodes[0].store.transaction() as session:
        held = session.exec(select(RoleHolding).where(RoleHolding.role == "social-worker")).one()
        held.to_on = date(2026, 7, 20)
        people_changed(session)
    await world.advance("2026-07-22 12:00")
    assert pieces(world, "sofia") == []
    assert len(world.events("clock-stopped")) == 1
    with world.nodes[0].store.transaction() as session:
        session.exec(select(RoleHolding).where(RoleHolding.role == "social-worker")).one().to_on = None
        people_changed(session)
    await months_pass(world, date(2027, 7, 24))
    [piece] = pieces(world, "sofia")
    assert due_of(world, piece) <= date(2027, 7, 23)
    world.close()


async def test_whoever_would_do_it_rests_and_it_is_given_afterwards(begin: Begin) -> None:
    world = await begin(YEARLY + "\n    rest: {practice-lead: practice-week}", ("sofia",), "2026-01-05 07:00")
    await world.advance("2026-01-05 08:00")
    for each in pieces(world, "sofia"):
        await submit(world, each)
    await imported(world, "sofia", date(2025, 11, 12))
    with world.nodes[0].store.transaction() as session:
        for row in session.exec(select(Audit).where(col(Audit.clock_id).is_not(None))):
            row.submitted_at = at_local(date(2025, 11, 11), datetime.min.time())
    await world.jump("2026-05-10 12:00")
    await world.advance("2026-05-15 12:00")
    assert pieces(world, "sofia") == []
    [event] = world.events("work-rests")
    assert event.why == "observation: whoever would do it rests in practice-week; due on 12 November 2026"
    await world.advance("2026-05-16 12:00")
    [piece] = pieces(world, "sofia")
    assert due_of(world, piece) == date(2026, 11, 12), "the date stays"
    world.close()


async def test_nobody_there_to_do_it_is_told_once_and_given_as_soon_as_somebody_is(begin: Begin) -> None:
    """Nobody looks at their own work, and there is nobody else."""
    world = await begin(workers=("quinn",), leads=False)
    world.clock.set(datetime(2026, 12, 21, 9, 0, tzinfo=LONDON))
    await world.tick()
    assert pieces(world, "quinn") == []
    assert len(world.events("nobody-to-do-it")) == 1
    [told] = world.notices("quinn", message="nobody-to-do-it")
    assert told.params["roles"] == "Practice Lead"
    with world.nodes[0].store.transaction() as session:
        session.add(RoleHolding(person_id=world.ids["ade"], role="practice-lead", team_id=world.ids["stratford"]))
        people_changed(session)
    await world.advance("2026-12-22 12:00")
    assert len(pieces(world, "quinn")) == 1
    world.close()


async def test_an_outage_gives_it_late_and_due_on_no_past_day(begin: Begin) -> None:
    world = await begin(workers=("sofia",), at=DAY)
    await world.advance("2026-07-20 12:00")
    [piece] = pieces(world, "sofia")
    await submit(world, piece)
    world.clock.set(datetime(2028, 1, 4, 9, 0, tzinfo=LONDON))
    await world.tick()
    [late] = pieces(world, "sofia")
    assert due_of(world, late) == date(2028, 1, 5)
    assert [each.state for each in world.all(Deadline, col(Deadline.kind) == "audit")] == ["met", "open"]
    world.close()


OTHER_ROLE = FILE.replace("social-worker", "coach").replace("Social Worker", "Coach")
LINE_OFF = FILE.replace("ABC-ACT-1, for-each", "ABC-ACT-2, for-each").replace(
    "rules: {{ABC-ACT-1:", "without: [ABC-ACT-2]\nrules: {{ABC-ACT-2: {{text: Each., source: invented}}, ABC-ACT-1:"
)


LINE_OF_OTHERS = FILE.replace("for-each: social-worker", "for-each: practice-learning-reviewer")


@pytest.mark.parametrize(
    "changed",
    [OTHER_ROLE, LINE_OFF, LINE_OF_OTHERS],
    ids=["the role has another name", "its line is off", "its line is of others"],
)
async def test_what_is_open_stays_where_the_file_has_changed_and_nobody_has_left(
    begin: Begin, tmp_path: Path, changed: str
) -> None:
    """It was withdrawn from everybody without a word, though nobody had left the role."""
    world = await begin(at=DAY)
    await world.tick()
    before = {each.id: each.state for each in world.all(Audit)}
    assert before
    (tmp_path / "council.yaml").write_text(changed.format(keys=YEARLY), "utf-8")
    world.framework = require(load(tmp_path / "council.yaml", [Path("frameworks")]))
    world.restart()
    await world.advance("2026-07-22 12:00")
    there = {each.id: each.state for each in world.all(Audit) if each.practitioner_id in workers(world)}
    assert there == before, "and no more is given meanwhile"
    world.framework = framework_with(tmp_path, YEARLY)
    world.restart()
    await world.advance("2026-07-24 12:00")
    theirs = [each for each in world.all(OwnClock) if each.person_id in workers(world)]
    assert {each.stopped_on for each in theirs} == {None}, "as it was before"
    world.close()


def workers(world: World) -> set[int]:
    return {world.ids[each] for each in WORKERS}
