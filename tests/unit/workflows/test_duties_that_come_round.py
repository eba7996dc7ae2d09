"""Duties with a rhythm of their own: a turn of it opens once for everybody; joiners and leavers (sentence 2)."""

from collections.abc import Callable, Coroutine
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from qabot.framework import Framework, load, require
from qabot.framework.calendar import LONDON, local_day
from qabot.models import Deadline, Moment, RoleHolding
from qabot.workflows.core.situation import people_changed
from tests.support.world import World

FILE = """
extends: newham
rules:
  ABC-ACT-1: {{text: A survey each year., source: invented}}
  ABC-ACT-2: {{text: What follows from it., source: invented}}
roles:
  social-worker: {{title: Social Worker, of: team}}
activities:
  practice-learning-review: {{do: []}}
duties:
  data-request: null
  survey: {{rule: ABC-ACT-1, title: Yearly survey, {keys}}}
  sum-up: {{rule: ABC-ACT-2, title: Sum up the survey, when: [survey.done], owes: [quality-assurance], due: none}}
  chase: {{rule: ABC-ACT-2, title: Ask once more, when: [survey.late], owes: [practice-lead], due: none}}
ladders: {{data-request: null}}
"""
YEARLY = "every: year, owes-each: [social-worker], due: opened + 15 working days"
TEAMS = {"sofia": "stratford", "ben": "beckton", "ewan": "east"}
Begin = Callable[..., Coroutine[Any, Any, World]]


def framework_with(folder: Path, keys: str) -> Framework:
    path = folder / "council.yaml"
    path.write_text(FILE.format(keys=keys), "utf-8")
    return require(load(path, [Path("frameworks")]))


@pytest.fixture
def begin(tmp_path: Path) -> Begin:
    """Starts a council with this duty, on 23 March 2026 unless told otherwise."""

    async def started(keys: str = YEARLY, at: str = "2026-03-23 07:00") -> World:
        def hold(session: Any, ids: dict[str, int]) -> None:
            for person, team in TEAMS.items():
                session.add(RoleHolding(person_id=ids[person], role="social-worker", team_id=ids[team]))

        return await World.start(tmp_path, at, framework=framework_with(tmp_path, keys), before=hold)

    return started


def surveys(world: World, state: str = "open") -> dict[str, Deadline]:
    """Who owes the survey of the newest turn, and theirs."""
    there = world.all(Deadline, col(Deadline.kind) == "survey")
    newest = max((each.subject_id for each in there), default=0)
    found = [each for each in there if each.state == state and each.subject_id == newest]
    assert len({each.owner_id for each in found}) == len(found)
    return {world.name(each.owner_id): each for each in found}


async def to(world: World, moment: str) -> None:
    """Go straight to a moment, as after an outage."""
    world.clock.set(datetime.fromisoformat(moment).replace(tzinfo=LONDON))
    await world.tick()


def change(world: World, work: Callable[[Any], None]) -> None:
    with world.nodes[0].store.transaction() as session:
        work(session)
        people_changed(session)


def join(world: World, person: str, team: str, role: str = "social-worker") -> None:
    """Somebody takes on a role today, as an import of people notes it."""
    since = local_day(world.clock.now())
    held = RoleHolding(person_id=world.ids[person], role=role, team_id=world.ids.get(team), from_on=since)
    change(world, lambda session: session.add(held))


def leave(world: World, person: str, last: date, role: str = "social-worker") -> None:
    """Somebody holds a role until a day."""
    held = select(RoleHolding).where(RoleHolding.person_id == world.ids[person], RoleHolding.role == role)

    def end(session: Any) -> None:
        session.exec(held).one().to_on = last

    change(world, end)


def switch(world: World, folder: Path, old: str, new: str) -> None:
    """Another file comes into force: one that says something else."""
    text = FILE.format(keys=YEARLY)
    assert old in text
    (folder / "council.yaml").write_text(text.replace(old, new), "utf-8")
    world.framework = require(load(folder / "council.yaml", [Path("frameworks")]))
    world.restart()


async def test_a_turn_opens_once_for_each_who_holds_the_role_in_whatever_team(begin: Begin) -> None:
    world = await begin()
    await world.advance("2026-03-31 12:00")
    assert surveys(world) == {}
    await world.advance("2026-04-03 12:00")
    assert set(surveys(world)) == {"sofia", "ben", "ewan"}
    assert {each.due_on for each in surveys(world).values()} == {date(2026, 4, 24)}, "Easter is no working time"
    told = [world.notices(person, message="duty")[0].sent_at for person in TEAMS]
    assert {local_day(each) for each in told if each} == {date(2026, 4, 1)}
    assert [each.name for each in world.all(Moment, col(Moment.name) == "survey.opened")] == ["survey.opened"]
    world.close()


async def test_the_next_turn_is_another_subject(begin: Begin) -> None:
    world = await begin()
    await world.advance("2026-04-01 12:00")
    first = surveys(world)
    for person, deadline in first.items():
        await world.press_token(person, "answer", deadline.token)
    await to(world, "2027-04-01 09:00")
    assert {each.subject_id for each in surveys(world).values()} != {each.subject_id for each in first.values()}
    assert set(surveys(world)) == set(first)
    world.close()


async def test_it_is_done_with_the_last_and_what_follows_opens_once(begin: Begin) -> None:
    world = await begin()
    await world.advance("2026-04-01 12:00")
    for person, deadline in surveys(world).items():
        assert world.all(Deadline, col(Deadline.kind) == "sum-up") == []
        await world.press_token(person, "answer", deadline.token)
    [summing] = world.all(Deadline, col(Deadline.kind) == "sum-up")
    assert world.name(summing.owner_id) in ("quinn", "rowan")
    world.close()


async def test_whoever_joins_owes_the_turn_that_runs_due_on_the_same_day(begin: Begin) -> None:
    world = await begin()
    await world.advance("2026-04-10 12:00")
    join(world, "wanda", "west")
    await world.advance("2026-04-13 12:00")
    assert surveys(world)["wanda"].due_on == date(2026, 4, 24)
    assert len(world.notices("wanda", message="duty")) == 1
    world.close()


async def test_a_turn_that_nobody_owed_is_told_and_opens_with_the_first_who_does(begin: Begin) -> None:
    world = await begin()

    for person in TEAMS:
        leave(world, person, date(2026, 3, 25))
    await world.advance("2026-04-10 12:00")
    assert surveys(world) == {}
    (event,) = world.events("nobody-to-tell")
    assert (event.rule, event.why) == ("ABC-ACT-1", "nobody holds a role that owes it")
    join(world, "wanda", "west")
    await world.advance("2026-04-13 12:00")
    assert surveys(world)["wanda"].due_on == date(2026, 5, 1), "15 working days from Saturday 11 April"
    assert len(world.notices("wanda", message="duty")) == 1
    await world.advance("2026-04-20 12:00")
    assert len(world.all(Deadline, col(Deadline.kind) == "survey")) == 1
    world.close()


async def test_whoever_joins_after_its_day_waits_for_the_next_turn(begin: Begin) -> None:
    world = await begin()
    await world.advance("2026-04-27 12:00")
    join(world, "wanda", "west")
    await world.advance("2026-04-29 12:00")
    assert "wanda" not in surveys(world)
    await to(world, "2027-04-01 09:00")
    assert "wanda" in surveys(world)
    world.close()


async def test_whoever_leaves_owes_it_no_more_and_it_is_done_without_them(begin: Begin) -> None:
    world = await begin()
    await world.advance("2026-04-01 12:00")
    for person in ("sofia", "ben"):
        await world.press_token(person, "answer", surveys(world)[person].token)

    leave(world, "ewan", date(2026, 4, 8))
    await world.advance("2026-04-10 12:00")
    assert surveys(world) == {}
    assert set(surveys(world, "withdrawn")) == {"ewan"}
    assert len(world.all(Deadline, col(Deadline.kind) == "sum-up")) == 1
    world.close()


async def test_what_follows_from_lateness_opens_once_for_the_turn(begin: Begin) -> None:
    world = await begin()
    await world.advance("2026-04-28 12:00")
    [chase] = world.all(Deadline, col(Deadline.kind) == "chase")
    assert chase.subject_id == world.all(Deadline, col(Deadline.kind) == "survey")[0].subject_id
    assert world.notices("ewan", message="duty-late"), "the others are told as ever"
    world.close()


async def test_a_turn_that_had_begun_before_qabot_did_is_left_out(begin: Begin) -> None:
    world = await begin(at="2026-05-04 08:00")
    await world.advance("2026-05-06 12:00")
    assert surveys(world) == {}
    assert [each.why for each in world.events("cycle-under-way") if each.rule == "ABC-ACT-1"] == [
        "began before qabot did"
    ]
    world.close()


async def test_an_outage_as_its_turn_comes_makes_up_for_it(begin: Begin) -> None:
    world = await begin()
    await to(world, "2026-04-20 09:00")
    assert {each.due_on for each in surveys(world).values()} == {date(2026, 5, 12)}
    world.close()


async def test_one_answer_for_all_and_news_come_round_too(begin: Begin) -> None:
    world = await begin("every: month on 1st Monday, owes: [quality-assurance], due: opened + 3 working days")
    await world.advance("2026-04-07 12:00")
    [one] = world.all(Deadline, col(Deadline.kind) == "survey")
    assert one.due_on == date(2026, 4, 9), "6 April is Easter Monday: its turn begins all the same"
    world.close()


async def test_a_window_of_the_year(begin: Begin) -> None:
    keys = "every: year, owes-each: [social-worker], opens: 31 May, due: 30 September at 12:00"
    world = await begin(keys)
    await world.advance("2026-04-03 12:00")
    [due] = {(each.opens_on, each.due_on) for each in surveys(world).values()}
    assert due == (date(2026, 6, 1), date(2026, 9, 30)), "31 May is a Sunday: it opens on the next working day"
    world.close()


@pytest.mark.parametrize("now", ["another name", "other roles"])
async def test_a_changed_file_takes_a_turn_from_nobody_who_has_not_left(begin: Begin, tmp_path: Path, now: str) -> None:
    """It was withdrawn from everybody on the next day: they had "left the role"."""
    world = await begin()
    await to(world, "2026-04-01 09:00")
    assert set(surveys(world)) == set(TEAMS)
    if now == "another name":
        switch(world, tmp_path, "social-worker", "coach")
    else:
        switch(world, tmp_path, "owes-each: [social-worker]", "owes-each: [quality-assurance]")
    await to(world, "2026-04-02 09:00")
    assert set(surveys(world)) == set(TEAMS)
    world.close()


async def test_a_role_more_in_the_file_owes_the_next_turn_and_not_the_one_that_runs(
    begin: Begin, tmp_path: Path
) -> None:
    """A changed file opens nothing for the past (sentence 13): a turn that has opened is of those who were asked."""
    world = await begin()
    await to(world, "2026-04-01 09:00")
    switch(world, tmp_path, "owes-each: [social-worker]", "owes-each: [social-worker, quality-assurance]")
    await to(world, "2026-04-07 09:00")
    assert set(surveys(world)) == set(TEAMS)
    join(world, "wanda", "west")
    await to(world, "2026-04-08 09:00")
    assert set(surveys(world)) == {*TEAMS, "wanda"}, "whoever joins meanwhile owes it as ever"
    await to(world, "2027-04-01 09:00")
    assert set(surveys(world)) >= {*TEAMS, "wanda", "quinn", "rowan"}
    world.close()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("  survey: {", "  poll: {"),
        ("owes-each: [social-worker]", "owes-each: [quality-assurance]"),
        ("every: year, owes-each", "when: [practice-learning-review.final], owes-each"),
    ],
    ids=["another name", "other roles", "no turns"],
)
async def test_a_turn_of_a_file_before_follows_leavers_too(begin: Begin, tmp_path: Path, old: str, new: str) -> None:
    """What is open is as it opened (sentence 13), so those owe it no more who leave the role in which they owe it."""
    world = await begin()
    await to(world, "2026-04-01 09:00")
    text = FILE.format(keys=YEARLY)
    assert old in text
    text = text.replace(old, new).replace("survey.", "poll.") if "poll" in new else text.replace(old, new)
    switch(world, tmp_path, FILE.format(keys=YEARLY), text)
    leave(world, "ewan", date(2026, 4, 6))
    await to(world, "2026-04-08 09:00")
    assert set(surveys(world)) == {"sofia", "ben"}
    assert set(surveys(world, "withdrawn")) == {"ewan"}
    world.close()


async def test_a_turn_stays_theirs_who_have_the_role_by_another_name(begin: Begin, tmp_path: Path) -> None:
    """The list of people that comes after such a file ends the role of the old name, and begins the new one."""
    world = await begin()
    await to(world, "2026-04-01 09:00")
    switch(world, tmp_path, "social-worker", "coach")
    for person, team in TEAMS.items():
        leave(world, person, date(2026, 4, 1))
        join(world, person, team, role="coach")
    await to(world, "2026-04-08 09:00")
    assert set(surveys(world)) == set(TEAMS)
    assert surveys(world, "withdrawn") == {}
    world.close()
