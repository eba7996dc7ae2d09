"""No deadline is first spoken of after it is due, unless it opened then: too short for the digest, at once."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import col

from qabot.framework import lint, load
from qabot.framework.calendar import LONDON, at_local
from qabot.models import Deadline, Notice
from tests.support.councils import RULES, council
from tests.support.world import World


async def test_work_that_is_due_before_the_next_digest_is_told_at_once(tmp_path: Path) -> None:
    world = await World.start(tmp_path, "2026-11-23 16:40")
    audit = await world.audit("cyrus", due="2026-11-23")
    await world.tick()
    [first] = [each for each in world.notices("cyrus", message="review-allocated") if world.is_about(each, audit)]
    assert (first.state, first.sent_at) == ("sent", world.clock.now())
    world.close()


async def test_work_with_time_enough_waits_for_the_digest(tmp_path: Path) -> None:
    world = await World.start(tmp_path, "2026-11-23 16:40")
    audit = await world.audit("cyrus", due="2026-11-24")
    await world.tick()
    [first] = [each for each in world.notices("cyrus", message="review-allocated") if world.is_about(each, audit)]
    assert (first.state, first.alone) == ("planned", False)
    world.close()


async def test_what_is_over_already_is_told_as_ever(tmp_path: Path) -> None:
    """It opened when it was over: there is nothing to be in time for."""
    world = await World.start(tmp_path, "2026-11-23 16:40")
    audit = await world.audit("cyrus", due="2026-11-20")
    await world.tick()
    [first] = [each for each in world.notices("cyrus", message="review-allocated") if world.is_about(each, audit)]
    assert first.state == "planned"
    world.close()


LATE = """
duties:
  papers: {{rule: ABC-DDL-1, title: Papers, when: [practice-learning-review.submitted], owes: [practice-lead],
           due: {due}, ladder: papers}}
ladders:
  papers: {{title: Papers, steps: [{{rule: ABC-DDL-2, at: {at}, to: [owner], send: duty-late}}]}}
"""


@pytest.mark.parametrize(
    ("due", "at", "well"),
    [
        ("submitted + 5 days", "due + 1 working day", False),
        ("submitted + 5 days", "submitted + 10 days", False),
        ("submitted + 5 days", "due - 1 day", True),
        ("submitted + 5 days", "opened", True),
        ("submitted + 5 days", "submitted + 2 days", True),
        ("none", "opened + 10 days", True),
    ],
)
def test_a_ladder_that_speaks_only_when_it_is_over_is_refused(tmp_path: Path, due: str, at: str, well: bool) -> None:
    path = tmp_path / "council.yaml"
    path.write_text(RULES + LATE.format(due=due, at=at), "utf-8")
    problems = [each.what for each in lint(load(path, [Path("frameworks")]))]
    assert problems == (
        [] if well else ["nobody hears of papers before it is due: expected a step on 'opened', or before 'due'"]
    )


@pytest.mark.parametrize("hour", [0, 10, 23])
@pytest.mark.parametrize(
    "due", ["submitted", "submitted at 18:00", "submitted + 1 working day", "opened + 2 working hours"]
)
async def test_whenever_it_opens_its_first_word_comes_before_it_is_over(tmp_path: Path, hour: int, due: str) -> None:
    """On a Friday, to somebody whose digest comes at half past nine."""
    start = council(tmp_path, f"2026-11-27 {hour:02}:05")
    world = await start(LATE.format(due=due, at="opened"))
    await world.graded("green", actions=False)
    await world.advance("2026-12-02 18:00")
    [deadline] = world.all(Deadline, col(Deadline.kind) == "papers")
    told = world.all(Notice, col(Notice.deadline_id) == deadline.id)
    first = min(each.sent_at for each in told if each.sent_at)
    assert deadline.due_on is not None
    over = deadline.due_at or at_local(deadline.due_on + timedelta(days=1), datetime.min.time())
    assert first < over or deadline.opened_at >= over, (first.astimezone(LONDON), over.astimezone(LONDON))
    world.close()
