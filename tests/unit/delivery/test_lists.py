"""A list is one notice a week to one person; its lines are what stood on it."""

from pathlib import Path

from sqlmodel import col

from qabot.messaging.card import Row, plain, plain_card
from qabot.models import Audit, Deadline, ListLine, Notice
from qabot.scheduler import holding
from qabot.scheduler.coming import coming
from qabot.workflows.core import lists
from qabot.workflows.core.notes import Note
from qabot.workflows.core.unit import Unit
from tests.support.world import World, local

MESSAGE = "open-by-service"


async def late(tmp_path: Path, many: int = 2, until: str = "2027-01-11 08:00") -> tuple[World, list[Audit]]:
    """So many reviews that nobody does, on the morning of the first list (11 January 2027), before it goes."""
    world = await World.start(tmp_path, "2026-12-21 09:00")
    audits = [await world.audit("cyrus", due="2026-12-31") for _ in range(many)]
    await world.jump(until)
    return world, audits


def lists_of(world: World, person: str) -> list[tuple[str, str, int]]:
    """The lists of somebody: Monday, state, and how many lines each has."""
    found = world.notices(person, message=MESSAGE)
    return [(each.slot, each.state, len(world.all(ListLine, col(ListLine.list_id) == each.id))) for each in found]


def shown(world: World, person: str) -> list[list[str]]:
    """The rows of each list that somebody's chat shows."""
    cards = [each for each in world.cards(person) if each.message == MESSAGE]
    return [[plain(block.text) for block in card.blocks if isinstance(block, Row)] for card in cards]


async def test_a_list_is_one_notice_and_what_is_done_before_it_goes_is_not_on_it(tmp_path: Path) -> None:
    world, (done, open_) = await late(tmp_path)
    assert lists_of(world, "dara") == [("2027-01-11", "planned", 2)]
    await world.submit(done, "green")
    await world.advance("2027-01-11 18:00")
    assert lists_of(world, "dara") == [("2027-01-11", "sent", 1)]
    (rows,) = shown(world, "dara")
    assert [open_.reference in row for row in rows] == [True]
    assert {each.why for each in world.events("superseded") if each.rule == "NEW-REM-3"} == {
        "no longer needed: Submitted"
    }
    # Who was sent what, and why, is known of each line; who was told may open the record.
    (line,) = world.lines("dara")
    deadline = world.deadline("audit", open_)
    assert (line.deadline_id, line.rule, line.role, line.state) == (deadline.id, "NEW-REM-3", "slt", "sent")
    assert line.reason == "NEW-REM-3: due + 7 days"
    await world.submit(open_, "green")
    await world.tick()
    assert "Submitted by Cyrus Patel" in shown(world, "dara")[0][0]
    await world.advance("2027-01-19 12:00")
    assert lists_of(world, "dara") == [("2027-01-11", "sent", 1)]


async def test_a_list_on_which_nothing_is_left_is_not_sent(tmp_path: Path) -> None:
    world, audits = await late(tmp_path, many=1)
    await world.submit(audits[0], "green")
    await world.advance("2027-01-11 18:00")
    assert lists_of(world, "dara") == [("2027-01-11", "superseded", 0)]
    assert shown(world, "dara") == []


async def test_of_a_long_list_the_first_lines_are_shown_and_how_many_there_are(tmp_path: Path) -> None:
    world, _ = await late(tmp_path, many=23)
    await world.advance("2027-01-11 18:00")
    assert lists_of(world, "dara") == [("2027-01-11", "sent", 23)]
    (card,) = [each for each in world.cards("dara") if each.message == MESSAGE]
    assert [len(rows) for rows in shown(world, "dara")] == [20]
    said = plain_card(card)
    assert "23 things are still open" in said
    assert "And 3 more. See all 23" in said


async def test_whoever_stands_in_gets_the_lines_of_whoever_is_away_on_the_day_and_once(tmp_path: Path) -> None:
    world, _ = await late(tmp_path)
    await world.away("dara", "2027-01-11", "2027-01-13", deputy="bea")
    await world.away("sian", "2027-01-11", "2027-01-13", deputy="bea")
    await world.advance("2027-01-12 18:00")
    assert [(state, lines) for _, state, lines in lists_of(world, "dara")] == [("superseded", 0)]
    assert [(state, lines) for _, state, lines in lists_of(world, "bea")] == [("sent", 2)]
    assert {each.reason.rpartition("; ")[2] for each in world.lines("bea")} == {"deputy"}


async def test_what_could_not_be_sent_for_weeks_is_said_once(tmp_path: Path) -> None:
    world, audits = await late(tmp_path)
    await world.jump("2027-01-18 12:00")
    (rows,) = shown(world, "dara")
    assert len(rows) == len(audits)
    assert [(day, lines) for day, _, lines in lists_of(world, "dara")] == [("2027-01-11", 0), ("2027-01-18", 2)]


async def test_a_line_that_is_held_back_leaves_the_list_and_goes_by_itself(tmp_path: Path) -> None:
    world, (held, other) = await late(tmp_path)
    reader, dara = world.ids["quinn"], world.ids["dara"]

    def hold(unit: Unit) -> str:
        found = coming(unit, reader, local("2027-01-12 00:00"))
        mine = [each for each in found if each.person_id == dara and each.message == MESSAGE]
        assert len(mine) == 2
        one = next(each for each in mine if each.note.subject_id == held.id)
        assert held.reference in plain_card(holding.preview(unit, one))
        holding.hold(unit, one, "talk", by=unit.directory.people[reader])
        return one.note.key

    key = await world.run(hold)
    await world.advance("2027-01-11 18:00")
    (rows,) = shown(world, "dara")
    assert [other.reference in each for each in rows] == [True]
    (alone,) = world.notices("dara", key=key)
    await world.run(lambda unit: holding.release(unit, alone.token, by=unit.directory.people[reader]))
    await world.advance("2027-01-12 18:00")
    assert [held.reference in each for each in shown(world, "dara")[-1]] == [True]


def as_before(unit: Unit, audit: Audit, person: int) -> None:
    """What waits on a list becomes a notice of its own, as before there were lists."""
    (line,) = [
        each for each in lists.waiting(unit, col(Deadline.subject_id) == audit.id) if each.recipient_id == person
    ]
    lists.take_off(unit, [line])
    values = {name: getattr(line, name) for name in Note.__slots__ if name not in ("id", "token", "carrier_id")}
    unit.session.add(Notice(**values, created_at=unit.now))


async def test_what_an_older_version_left_to_be_sent_goes_once_with_the_list(tmp_path: Path) -> None:
    world, (old, new) = await late(tmp_path)
    await world.run(lambda unit: as_before(unit, old, world.ids["dara"]))
    await world.advance("2027-01-19 18:00")
    first, second = shown(world, "dara")
    assert sorted(each.reference for each in (old, new) for row in first if each.reference in row) == [
        old.reference,
        new.reference,
    ]
    assert len(second) == 2


async def test_a_list_that_is_being_sent_takes_no_more_lines(tmp_path: Path) -> None:
    world, _ = await late(tmp_path)
    await world.advance("2027-01-11 18:00")
    (first,) = world.lines("dara")[:1]
    again = Note(
        key="1:late:1:1",
        deadline_id=first.deadline_id,
        step="late",
        slot="1",
        rule="NEW-REM-3",
        message=MESSAGE,
        lane="due",
        recipient_id=world.ids["dara"],
        role="slt",
        subject_type="audit",
        subject_id=first.subject_id,
        params={},
        reason="too late for this week",
        not_before=local("2027-01-11 10:00"),
        alone=False,
    )
    await world.run(lambda unit: lists.put(unit, [again]))
    assert lists_of(world, "dara") == [("2027-01-11", "sent", 2), ("2027-01-18", "planned", 1)]
    await world.advance("2027-01-18 18:00")
    assert lists_of(world, "dara")[-1] == ("2027-01-18", "sent", 2)
