"""What a rule sets to an hour is due at that hour: shown so, told of before, late from then on; so are steps."""

from datetime import datetime
from pathlib import Path

import pytest

from qabot.errors import BadFile
from qabot.framework import lint, load
from qabot.framework.calendar import LONDON
from qabot.models import Deadline, DeadlineState, Notice
from qabot.workflows.core import moments
from qabot.workflows.core.topic import About
from qabot.workflows.core.unit import Unit
from qabot.workflows.core.words import say_due
from tests.support.councils import RULES, Start, answer, council, kinds
from tests.support.world import World

PAPERS = """
duties:
  papers: {rule: ABC-DDL-1, title: Papers, when: [practice-learning-review.submitted], owes: [practice-lead],
           due: submitted + 5 working days at 12:00, ask: []}
  chase: {rule: ABC-DDL-2, title: Papers are missing, when: [papers.late], owes: [service-manager], due: none}
"""


@pytest.fixture
def start(tmp_path: Path) -> Start:
    return council(tmp_path)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LONDON)


def local(notice: Notice) -> str:
    assert notice.sent_at is not None
    return f"{notice.sent_at.astimezone(LONDON):%Y-%m-%d %H:%M}"


def papers(world: World) -> Deadline:
    [found] = [each for each in world.all(Deadline) if each.kind == "papers"]
    return found


async def test_it_is_due_at_that_hour_of_its_day(start: Start) -> None:
    world = await start(PAPERS)
    await world.graded("green", actions=False)
    due = papers(world)
    assert due.due_on is not None
    assert due.due_at is not None
    assert (due.due_on.isoformat(), f"{due.due_at.astimezone(LONDON):%Y-%m-%d %H:%M}") == (
        "2026-11-30",
        "2026-11-30 12:00",
    )
    assert say_due(due) == "30 November 2026 at midday"


async def test_cards_and_lists_say_the_hour(start: Start) -> None:
    world = await start(PAPERS)
    await world.graded("green", actions=False)
    await world.advance("2026-11-24 10:00")
    assert "Monday 30 November 2026 at midday" in str(world.cards("ade")[-1])
    home = await world.nodes[0].desk.home(world.who("ade"))
    assert "due 30 November 2026 at midday" in str(home)


async def test_it_is_late_at_that_hour_and_not_before(start: Start) -> None:
    world = await start(PAPERS)
    await world.graded("green", actions=False)
    await world.advance("2026-11-30 11:59")
    assert "chase" not in kinds(world)
    await world.advance("2026-11-30 12:01")
    assert "chase" in kinds(world)
    [late] = [each for each in world.all(Deadline) if each.kind == "chase"]
    assert f"{late.opened_at.astimezone(LONDON):%H:%M}" == "12:00"


async def test_one_that_cannot_be_noted_as_late_holds_up_no_other(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = await start(PAPERS)
    await world.graded("green", actions=False)
    broken = papers(world)
    await world.graded("green", actions=False)
    happen = moments.happen

    def breaks(unit: Unit, thing: str, name: str, about: About, *, by: int | None = None) -> list[Deadline]:
        opened = happen(unit, thing, name, about, by=by)
        if name == "late" and about.subject == ("audit", broken.subject_id):
            raise ZeroDivisionError("of an odd framework")
        return opened

    monkeypatch.setattr(moments, "happen", breaks)
    await world.advance("2026-11-30 12:01")
    assert kinds(world).count("chase") == 1
    (event,) = world.events("late-failed")
    assert (event.deadline_id, event.why) == (broken.id, "ZeroDivisionError: of an odd framework")
    [kept] = [each for each in world.all(Deadline) if each.id == broken.id]
    assert (kept.state, kept.late_at) == (DeadlineState.open, None), "half of it was kept"
    world.clock.set(at("2026-11-30 12:59"))
    await world.tick()
    assert len(world.events("late-failed")) == 1
    world.clock.set(at("2026-11-30 13:05"))
    await world.tick()
    assert len(world.events("late-failed")) == 2, "it is tried again in an hour"
    monkeypatch.undo()
    world.clock.set(at("2026-11-30 14:10"))
    await world.tick()
    assert kinds(world).count("chase") == 2


async def test_what_was_answered_in_time_is_never_late(start: Start) -> None:
    world = await start(PAPERS)
    audit = await world.graded("green", actions=False)
    await world.advance("2026-11-30 11:30")
    await answer(world, "ade", "papers", audit)
    await world.advance("2026-12-02 12:00")
    assert "chase" not in kinds(world)


async def test_an_outage_over_the_hour_makes_up_for_it(start: Start) -> None:
    world = await start(PAPERS)
    await world.graded("green", actions=False)
    await world.advance("2026-11-30 11:00")
    world.clock.set(at("2026-11-30 15:00"))
    await world.tick()
    assert "chase" in kinds(world)


async def test_what_is_due_before_the_next_digest_is_said_at_once(start: Start) -> None:
    """Opened in the morning and due at four: tomorrow's digest would tell of it when it is over."""
    world = await start(PAPERS.replace("submitted + 5 working days at 12:00", "submitted at 16:00"))
    await world.graded("green", actions=False)
    [first] = [each for each in world.notices("ade", state="sent") if each.message == "duty"]
    assert first.sent_at == world.clock.now()
    assert "16:00" not in first.reason


async def test_working_hours_end_at_an_hour_too(start: Start) -> None:
    world = await start(PAPERS.replace("submitted + 5 working days at 12:00", "opened + 4 working hours"))
    await world.graded("green", actions=False)
    due = papers(world)
    assert due.due_at is not None
    assert (due.due_at - due.opened_at).total_seconds() == 4 * 3600


async def test_a_new_date_takes_the_hour_along_to_no_other_day(start: Start) -> None:
    world = await start(PAPERS.replace("ask: []", "put-off: {times: 1}"))
    audit = await world.graded("green", actions=False)
    token = world.deadline("papers", audit).token
    await world.send_form("ade", "not-yet", token, new_date="2026-12-04")
    moved = world.deadline("papers", audit)
    assert (moved.due_on, moved.due_at) == (at("2026-12-04").date(), None)
    assert "due.hour" not in moved.anchors


async def test_a_step_at_an_hour_is_said_by_itself_at_that_hour(start: Start) -> None:
    world = await start(
        PAPERS.replace("ask: []", "ladder: papers")
        + """
ladders:
  papers:
    title: Papers
    steps:
      - {rule: ABC-DDL-1, at: opened, to: [owner], send: duty}
      - {rule: ABC-DDL-2, at: due - 2 days at 15:30, roll: earlier, to: [owner], send: duty}
"""
    )
    await world.graded("green", actions=False)
    await world.advance("2026-12-01 10:00")
    told = [local(each) for each in world.notices("ade", message="duty", state="sent") if each.carrier_id is None]
    assert told == ["2026-11-27 15:30"], "28 November is a Saturday, so it is said on the Friday before"


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("ask: []", "opens: submitted + 1 day at 10:00", "duties.papers.opens"),
        ("ask: []", "put-off: {within: today + 20 days at 10:00}", "duties.papers.put-off.within"),
    ],
)
def test_an_hour_that_nothing_would_heed_is_refused(tmp_path: Path, old: str, new: str, where: str) -> None:
    path = tmp_path / "council.yaml"
    path.write_text(f"{RULES}{PAPERS.replace(old, new)}", "utf-8")
    [problem] = lint(load(path, [Path("frameworks")]))
    assert problem.where == where
    assert problem.what == "days are counted here: leave out 'at 10:00'; 'due' and a step's 'at' may have one"


@pytest.mark.parametrize(
    ("due", "what"),
    [
        ("submitted + 1 day at 25:00", "'25:00' is no time of day: expected one such as 16:00"),
        ("submitted + 4 working hours at 10:00", "a number of working hours ends at a time of its own"),
        ("submitted at noon", "'noon' is no time of day"),
    ],
)
def test_a_time_that_is_none_is_refused(tmp_path: Path, due: str, what: str) -> None:
    path = tmp_path / "council.yaml"
    path.write_text(f"{RULES}{PAPERS.replace('submitted + 5 working days at 12:00', due)}", "utf-8")
    with pytest.raises(BadFile) as error:
        load(path, [Path("frameworks")])
    [problem] = error.value.problems
    assert problem.where == "duties.papers.due"
    assert what in problem.what
