"""With `owes-each` everybody owes one of their own: whoever is away too, and nobody who stands in for them."""

from pathlib import Path

import pytest
from sqlmodel import col

from qabot.framework import load, require
from qabot.imports import plan_people, read_people
from qabot.imports.applying import apply_staff
from qabot.models import Deadline
from tests.support.councils import RULES, Start, council
from tests.support.world import World

READ = """duties:
  reading: {rule: ABC-DDL-1, title: To be read, when: [practice-learning-review.submitted],
    owes-each: [practice-lead, service-manager], due: submitted + 5 working days}
"""
TURN = """duties:
  promise: {rule: ABC-DDL-1, title: Promise, every: week from 2026-11-30, owes-each: [practice-lead],
    due: opened + 3 working days, let-off: {approve: [head-of-service]}}
"""
BOARD = """gatherings:
  board:
    rule: ABC-DDL-1
    title: Practice Board
    every: month on 3rd Tuesday
    chair: director-of-operations
    to: [service-manager]
    brings:
      papers: {rule: ABC-DDL-2, title: Papers, owes-each: [service-manager], due: day - 3 working days}
"""


@pytest.fixture
def begin(tmp_path: Path) -> Start:
    return council(tmp_path)


def owners(world: World, kind: str) -> list[str]:
    return sorted(world.name(each.owner_id) for each in world.all(Deadline, col(Deadline.kind) == kind))


async def test_whoever_is_away_owes_theirs_and_their_deputy_is_told(begin: Start) -> None:
    world = await begin(READ)
    audit = await world.audit("cyrus")
    await world.away("mina", "2026-10-26", "2027-01-29", deputy="bea")
    await world.submit(audit, "green", actions=False)
    assert owners(world, "reading") == ["ade", "mina"]
    await world.forward("1 working day")
    told = [world.name(each.recipient_id) for each in world.notices(message="duty", rule="ABC-DDL-1")]
    assert sorted(told) == ["ade", "bea"]
    world.close()


async def test_whoever_agrees_to_let_somebody_off_is_of_their_own_team(begin: Start) -> None:
    world = await begin(TURN)
    await world.advance("2026-11-30 12:00")
    (asks,) = [
        each for each in world.all(Deadline, col(Deadline.kind) == "promise") if world.name(each.owner_id) == "ade"
    ]
    await world.send_form("ade", "let-off", asks.token, why="away")
    await world.advance("2026-12-01 12:00")
    told = {world.name(each.recipient_id) for each in world.notices(message="duty", role="owner")}
    assert "hanif" in told
    assert world.messages("harriet") == []
    world.close()


async def imported(world: World, folder: Path, row: str) -> None:
    file = folder / "people.csv"
    file.write_text(f"name,email,roles,active\n{row}\n", "utf-8")
    await world.run(
        lambda unit: apply_staff(unit, plan_people(unit.session, read_people(file), unit.framework, unit.now))
    )


async def test_whoever_leaves_owes_theirs_no_more_and_whoever_joins_owes_one(begin: Start, tmp_path: Path) -> None:
    world = await begin(BOARD)
    first = owners(world, "papers")
    assert "mina" in first
    await imported(world, tmp_path, "Mina Sharpe,mina@council.example,,no")
    await imported(
        world,
        tmp_path,
        "Hanif Bello,hanif@council.example,head-of-service@Safeguarding;service-manager@Safeguarding,yes",
    )
    await world.advance("2026-12-09 12:00")
    parts = world.all(Deadline, col(Deadline.kind) == "papers", Deadline.state == "open")
    assert sorted(world.name(each.owner_id) for each in parts) == sorted({*first, "hanif"} - {"mina"})
    assert world.messages("hanif").count("gathering-invitation") == 1
    told = [(world.name(each.recipient_id), each.deadline_id) for each in world.notices(message="duty", step="before")]
    assert len({person for person, _ in told}) == len(told), "nobody is asked for another's"
    world.close()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("      papers:", "      notes:"),
        ("owes-each: [service-manager]", "owes-each: [head-of-service]"),
        ("gatherings:\n  board:", "gatherings:\n  forum:"),
    ],
    ids=["another name", "other roles", "another gathering"],
)
async def test_whoever_leaves_owes_no_part_of_a_file_before_either(
    begin: Start, tmp_path: Path, old: str, new: str
) -> None:
    """What is open is as it opened (sentence 13), and stays theirs who have not left the role in which they owe it."""
    world = await begin(BOARD)
    first = world.all(Deadline, col(Deadline.kind) == "papers")
    assert old in BOARD
    (tmp_path / "changed.yaml").write_text(f"{RULES}{BOARD.replace(old, new)}", "utf-8")
    world.framework = require(load(tmp_path / "changed.yaml", [Path("frameworks")]))
    world.restart()
    await imported(world, tmp_path, "Mina Sharpe,mina@council.example,practice-lead@Beckton,yes")
    await world.forward("2 days")
    of_it = (col(Deadline.kind) == "papers", Deadline.subject_id == first[0].subject_id)
    there = {world.name(each.owner_id): each.state for each in world.all(Deadline, *of_it)}
    assert there == {world.name(each.owner_id): "open" for each in first} | {"mina": "withdrawn"}
    world.close()
