"""Of an alert that several acknowledge, each for themselves: who looks after it, and whose a leaver's part is."""

from pathlib import Path

import pytest
from sqlmodel import Session, col, delete, select

from qabot.messaging.card import plain_card
from qabot.models import Alert, Audit, Deadline, Notice, Person, RoleHolding
from qabot.scheduler.tick import tick
from qabot.workflows.core.situation import people_changed
from qabot.workflows.core.unit import Unit
from qabot.workflows.verbs import leavers
from tests.support.councils import council
from tests.support.invented import framework_of
from tests.support.world import World, local
from tests.unit.workflows.test_undoing import press_undo

MANAGERS = ("ade", "mina", "dara")


def appoint(session: Session, ids: dict[str, int]) -> None:
    """Who is told of a concern about Stratford's work, and who looks after it."""
    session.exec(delete(RoleHolding))
    session.add_all(
        [
            RoleHolding(person_id=ids["ade"], role="team-manager", team_id=ids["stratford"]),
            RoleHolding(person_id=ids["mina"], role="service-manager", service_id=ids["safeguarding"]),
            RoleHolding(person_id=ids["dara"], role="director"),
            RoleHolding(person_id=ids["hanif"], role="corporate-director"),
            RoleHolding(person_id=ids["quinn"], role="quality-assurance"),
        ]
    )


@pytest.fixture
async def board(tmp_path: Path) -> World:
    """Cyrus has sent an evaluation of Stratford's work, with an immediate concern, on Monday at 10."""
    framework = framework_of(Path("frameworks/qpi-board.yaml"))
    world = await World.start(tmp_path, framework=framework, before=appoint)
    audit = await world.audit("cyrus", team="stratford", due="2026-11-30")
    token = world.deadline("audit", audit).token
    await world.send_form("cyrus", "submit-grades", token, overall="good", immediate=True)
    await world.tick()
    return world


def alerts(world: World, person: str) -> list[Notice]:
    return [each for each in world.notices(person, state="sent") if each.message == "concern-to-managers"]


def waiting(world: World) -> set[str]:
    """Whose part of it is open."""
    parts = world.all(Deadline, col(Deadline.kind) == "concern", col(Deadline.state) == "open")
    return {world.name(each.owner_id) for each in parts}


async def test_quality_assurance_gets_one_a_day_that_names_all_who_have_not(board: World) -> None:
    assert waiting(board) == set(MANAGERS)
    await board.advance("2026-11-24 18:00")
    assert len(alerts(board, "quinn")) == 1
    words = plain_card(board.cards("quinn")[-1])
    assert "We have not heard yet whether Ade Lawal, Mina" in words
    assert " have read this" in words
    for person in MANAGERS:
        assert len(alerts(board, person)) == 3, "at once, after four working hours, and after a working day"
    put_together = [each for each in board.events("superseded") if each.why.startswith("overtaken by the one")]
    assert {each.notice_id for each in put_together} == {each.id for each in board.notices("quinn", state="superseded")}
    assert len(put_together) == 2


async def test_what_is_planned_for_one_who_acknowledges_before_it_goes_is_said_of_the_others(board: World) -> None:
    await board.advance("2026-11-24 09:59")
    board.clock.set(local("2026-11-24 10:00"))
    node = board.nodes[0]
    await tick(node.store, node.engine.ticker, node.desk.unit)
    assert len(board.notices("quinn", state="planned", message="concern-to-managers")) == len(MANAGERS)
    await board.press_once("ade", "acknowledge", alerts(board, "ade")[-1].token)
    await board.tick()
    assert len(alerts(board, "quinn")) == 1
    words = plain_card(board.cards("quinn")[-1])
    assert "Ade Lawal" not in words
    assert "whether Mina" in words


async def test_whoever_has_acknowledged_is_named_no_more_and_the_rest_go_on(board: World) -> None:
    await board.advance("2026-11-24 18:00")
    await board.press_token("ade", "acknowledge", alerts(board, "ade")[-1].token)
    await board.tick()
    await board.advance("2026-11-25 18:00")
    assert waiting(board) == {"mina", "dara"}
    assert len(alerts(board, "quinn")) == 2
    words = plain_card(board.cards("quinn")[-1])
    assert "Ade Lawal has" not in words
    assert "whether Mina" in words
    for person in ("mina", "dara"):
        await board.press_token(person, "acknowledge", alerts(board, person)[-1].token)
    await board.advance("2026-11-27 18:00")
    assert waiting(board) == set()
    assert len(alerts(board, "quinn")) == 2


@pytest.mark.parametrize("first", MANAGERS)
async def test_the_card_that_names_all_goes_on_for_the_rest(board: World, first: str) -> None:
    """Whoever's part it happened to be about: those who are left are not waited for until the next working day."""
    await board.advance("2026-11-24 18:00")
    await board.press_token(first, "acknowledge", alerts(board, first)[-1].token)
    await board.tick()
    words = plain_card(board.cards("quinn")[-1])
    name = board.person(first).name
    assert f"{name} " not in words
    assert " have read this" in words, "two are left"
    assert "acknowledge" in [each.action for each in board.cards("quinn")[-1].buttons]
    await board.press_token("quinn", "acknowledge", alerts(board, "quinn")[-1].token)
    assert waiting(board) == set()
    await board.advance("2026-11-26 18:00")
    assert len(alerts(board, "quinn")) == 1


@pytest.mark.parametrize("first", MANAGERS)
async def test_it_names_again_who_takes_their_acknowledgement_back(board: World, first: str) -> None:
    await board.advance("2026-11-24 18:00")
    reply = await board.press_token(first, "acknowledge", alerts(board, first)[-1].token)
    await board.tick()
    assert (await press_undo(board, first, reply)).startswith("This is taken back")
    await board.tick()
    assert board.person(first).name in plain_card(board.cards("quinn")[-1])


async def test_who_acknowledges_the_one_that_names_all_acknowledges_all_of_these(board: World) -> None:
    """Else those who were named beside the first would come again on the next working day."""
    await board.advance("2026-11-24 18:00")
    await board.press_token("quinn", "acknowledge", alerts(board, "quinn")[-1].token)
    assert waiting(board) == set()
    await board.advance("2026-11-26 18:00")
    assert len(alerts(board, "quinn")) == 1


async def test_who_acknowledges_their_own_part_acknowledges_no_other(board: World) -> None:
    await board.advance("2026-11-24 18:00")
    await board.press_token("ade", "acknowledge", alerts(board, "ade")[-1].token)
    assert waiting(board) == {"mina", "dara"}


@pytest.mark.parametrize(("person", "waits"), [("quinn", set()), ("ade", {"mina", "dara"})])
async def test_what_one_press_acknowledged_waits_again_as_it_is_taken_back(
    board: World, person: str, waits: set[str]
) -> None:
    await board.advance("2026-11-24 18:00")
    reply = await board.press_token(person, "acknowledge", alerts(board, person)[-1].token)
    assert waiting(board) == waits
    assert (await press_undo(board, person, reply)).startswith("This is taken back")
    assert waiting(board) == set(MANAGERS)


async def leave(board: World, person: str, *, heir: str = "") -> None:
    """Somebody has left, and another one holds their role as Director from today on."""

    def left(unit: Unit) -> None:
        unit.session.get_one(Person, board.ids[person]).active = False
        if heir:
            unit.session.add(RoleHolding(person_id=board.ids[heir], role="director", from_on=unit.today))
        people_changed(unit.session)

    await board.run(left)
    await board.run(leavers.move_on)
    await board.tick()


async def test_a_leavers_part_is_whoever_has_their_role_now(board: World) -> None:
    await board.advance("2026-11-23 11:00")
    await leave(board, "dara", heir="marcus")
    assert waiting(board) == {"ade", "mina", "marcus"}
    assert len(alerts(board, "marcus")) == 1, "at once"
    assert (len(alerts(board, "ade")), len(alerts(board, "mina"))) == (1, 1), "it is nothing of theirs"
    await board.press_token("marcus", "acknowledge", alerts(board, "marcus")[-1].token)
    await board.advance("2026-11-24 18:00")
    assert waiting(board) == {"ade", "mina"}
    assert len(alerts(board, "marcus")) == 1


async def test_where_the_role_is_held_by_somebody_with_a_part_it_is_owed_no_more(board: World) -> None:
    await leave(board, "dara", heir="mina")
    assert waiting(board) == {"ade", "mina"}
    withdrawn = board.all(Deadline, col(Deadline.kind) == "concern", col(Deadline.state) == "withdrawn")
    assert [each.closed_why for each in withdrawn] == [
        "Whoever owed it has left, and those who hold the role have a part of their own"
    ]


async def test_where_nobody_holds_the_role_whoever_is_above_hears_of_it(board: World) -> None:
    await leave(board, "dara")
    assert len(waiting(board)) == 3
    await board.advance("2026-11-24 18:00")
    assert alerts(board, "hanif"), "the Corporate Director is above the Director"
    assert len(alerts(board, "ade")) == 3, "only their own"


async def test_where_all_others_have_seen_it_the_alert_is_seen(board: World) -> None:
    for person in ("ade", "mina"):
        await board.press_token(person, "acknowledge", alerts(board, person)[-1].token)
    [copy] = board.all(Deadline, col(Deadline.kind) == "concern-practitioner")
    await board.press_token("sofia", "acknowledge", copy.token)
    assert [each.acknowledged_by_id for each in board.all(Alert)] == [None]
    await leave(board, "dara", heir="mina")
    assert waiting(board) == set()
    assert [each.acknowledged_by_id for each in board.all(Alert)] == [board.ids["mina"]]


async def test_where_all_others_have_answered_what_held_the_work_it_is_final(tmp_path: Path) -> None:
    world = await council(tmp_path)(
        "duties:\n  reading: {rule: ABC-DDL-1, title: To be read, when: [practice-learning-review.submitted],"
        "\n    owes-each: [service-manager, head-of-service], due: submitted + 5 working days, holds: final}\n"
    )
    audit = await world.graded("green", actions=False)
    [part] = [
        each for each in world.all(Deadline, col(Deadline.kind) == "reading") if world.name(each.owner_id) == "mina"
    ]
    await world.press_token("mina", "answer", part.token)
    held = col(RoleHolding.role) == "head-of-service", col(RoleHolding.person_id) == world.ids["hanif"]

    def left(unit: Unit) -> None:
        unit.session.get_one(Person, world.ids["hanif"]).active = False
        [of_hanif] = unit.session.exec(select(RoleHolding).where(*held)).all()
        unit.session.add(
            RoleHolding(person_id=world.ids["mina"], role="head-of-service", service_id=of_hanif.service_id)
        )
        people_changed(unit.session)

    await world.run(left)
    await world.run(leavers.move_on)
    assert world.all(Audit, col(Audit.id) == audit.id)[0].state == "finalised"
