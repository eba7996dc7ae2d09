"""Two hundred open things: each is reached inside Slack and inside Teams, by paging, by a form and by a word."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from qabot.models import Audit, Cycle
from qabot.workflows.core.unit import Unit
from qabot.workflows.programme import allocation
from tests.support.mixed import IN_SLACK, IN_TEAMS, MixedCouncil, mixed_council
from tests.support.slack.council import user
from tests.support.teams.cards import parts
from tests.support.world import local

MANY = 200
NEXT = re.compile(r"Write “(mine \d+)” for the next")
Say = Callable[[str], Awaitable[str]]
"""Write something to qabot, and read what it answers."""


@pytest.fixture
async def council(tmp_path: Path) -> AsyncIterator[MixedCouncil]:
    async with mixed_council(tmp_path) as found:
        yield found


async def work(council: MixedCouncil, person: str) -> list[str]:
    """Two hundred pieces of work of one person, not yet told; their references."""
    world = council.world
    first = await world.audit(person)

    def others(unit: Unit) -> list[str]:
        name, activity = next(iter(unit.framework.activities.items()))
        cycle = unit.session.get_one(Cycle, first.cycle_id)
        made = []
        for _ in range(MANY - 1):
            row = Audit(
                reference=allocation.new_reference(unit),
                activity=name,
                cycle_id=cycle.id,
                auditor_id=world.ids[person],
                case_reference="7199999",
                team_id=first.team_id,
                practitioner_id=first.practitioner_id,
                due_on=local("2026-12-31").date(),
                allocated_at=unit.now,
            )
            unit.session.add(row)
            unit.session.flush()
            allocation.tell_allocated(unit, row, activity, cycle)
            made.append(row.reference)
        return made

    return [first.reference, *await world.run(others)]


async def read_through(say: Say) -> list[str]:
    """Every reference that is seen by writing "mine", and then what each answer says comes next."""
    seen, word = [], "mine"
    while word:
        said = await say(word)
        seen += re.findall(r"QA-\d+(?= \()", said)
        following = NEXT.search(said)
        word = following[1] if following else ""
    return seen


def in_teams(council: MixedCouncil) -> Say:
    async def say(words: str) -> str:
        council.connector.of(council.mina).clear()
        await council.clients.say(council.mina, words)
        await council.clients.settled()
        return council.clients.see(council.mina)

    return say


def in_slack(council: MixedCouncil) -> Say:
    async def say(words: str) -> str:
        before = len(council.slack.to(user(IN_SLACK)))
        await council.slack.write(user(IN_SLACK), words)
        await council.slack.until(lambda: len(council.slack.to(user(IN_SLACK))) > before)
        return council.slack.last(user(IN_SLACK)).words()

    return say


async def test_all_of_them_are_reached_in_teams(council: MixedCouncil) -> None:
    references = await work(council, IN_TEAMS)
    say = in_teams(council)
    assert await read_through(say) == references
    assert re.findall(r"QA-\d+(?= \()", await say(f"mine {references[150]}")) == [references[150]]
    # Without typing: a button, and a form that says which part.
    await say("mine")
    body = await council.clients.press(council.mina, "Find in the list")
    [which] = [each for each in parts(body["value"]) if str(each.get("id", "")).endswith(":first")]
    last = which["choices"][-1]["value"]
    body = await council.clients.press(council.mina, "Show", {which["id"]: last})
    assert references[-1] in str(body["value"])


async def test_all_of_them_are_reached_in_slack(council: MixedCouncil) -> None:
    references = await work(council, IN_SLACK)
    say = in_slack(council)
    assert await read_through(say) == references
    assert re.findall(r"QA-\d+(?= \()", await say(f"mine {references[150]}")) == [references[150]]
    # Without typing: a button, and a form that says which part.
    await say("mine")
    await council.slack.click(user(IN_SLACK), "look", message=council.slack.last(user(IN_SLACK)))
    await council.slack.until(lambda: council.slack.workspace.top(user(IN_SLACK)))
    await council.slack.submit(user(IN_SLACK), first="199")
    await council.slack.until(lambda: references[-1] in council.slack.last(user(IN_SLACK)).words())
