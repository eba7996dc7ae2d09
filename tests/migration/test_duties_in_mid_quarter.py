"""A database of revision 0004 in mid-quarter is brought up and goes on, is taken down again, and up once more.

`data/mid_quarter.json` is what the version of that revision had written by 22 December 2026 at 10:00: QA-1001 and
QA-1002 are final, the actions of the first wait and those of the second have a new date; QA-1003 is to be done; QA-1004
is RED, acknowledged, with a meeting, and waits for its Head of Service; QA-1005 has an immediate concern and QA-1006 is
RED, and nobody has seen either alert; the data for January is asked for.
"""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import MetaData, Table, func, insert, select, text, update
from sqlmodel import col

from qabot.adapter import OpenForm, Reply, Say, ShowCard
from qabot.models import Action, ActionState, Alert, Answer, Audit, AuditState, Cycle, Deadline, Moment, Store
from qabot.models.migrate import downgrade, upgrade
from qabot.scheduler.clock import DemoClock
from qabot.web.adapter import WebAdapter
from qabot.web.bell import Bell
from qabot.workflows.core import finalising
from qabot.workflows.core.unit import Unit
from qabot.workflows.verbs import moderations
from tests.support.faulty import FaultyAdapter
from tests.support.masters import Masters
from tests.support.world import BASE_URL, World, local, newham

TABLES: dict[str, dict[str, Any]] = json.loads((Path(__file__).parent / "data/mid_quarter.json").read_text("utf-8"))
IDS = {row[2].partition("@")[0]: row[0] for row in TABLES["person"]["rows"]}
READ: dict[type, Callable[[str], Any]] = {
    date: date.fromisoformat,
    time: time.fromisoformat,
    datetime: lambda moment: datetime.fromisoformat(moment).astimezone(UTC).replace(tzinfo=None),
}


def fill(store: Store) -> None:
    """Write what the older version had written, and let new rows have ids of their own."""
    with store.engine.begin() as connection:
        tables = MetaData()
        tables.reflect(connection)
        for name, content in TABLES.items():
            table = tables.tables[name]
            rows = [typed(table, content["columns"], row) for row in content["rows"]]
            own = [each.name for each in table.c if any(key.column.table is table for key in each.foreign_keys)]
            connection.execute(insert(table), [{**row, **dict.fromkeys(own)} for row in rows])
            for row in rows if own else ():
                refers = {column: row[column] for column in own}
                connection.execute(update(table).where(table.c.id == row["id"]).values(refers))
            if connection.dialect.name == "postgresql" and "id" in table.c:
                newest = select(func.max(table.c.id)).scalar_subquery()
                connection.execute(select(func.setval(func.pg_get_serial_sequence(name, "id"), newest)))


def typed(table: Table, columns: list[str], row: list[Any]) -> dict[str, Any]:
    """A row of the file with dates and moments in place of their text."""
    found = {}
    for name, value in zip(columns, row, strict=True):
        read = READ.get(table.c[name].type.python_type)
        found[name] = read(value) if read is not None and value is not None else value
    return found


def content_of(store: Store) -> dict[str, list[dict[str, Any]]]:
    """What stands in the tables of the file, by column."""
    with store.engine.connect() as connection:
        tables = MetaData()
        tables.reflect(connection)
        return {
            name: [dict(row) for row in connection.execute(select(tables.tables[name]).order_by(text("1"))).mappings()]
            for name in TABLES
        }


def of_the_older_version(store: Store) -> None:
    upgrade(store, "0004")
    fill(store)


def brought_up(store: Store) -> None:
    of_the_older_version(store)
    upgrade(store)


@pytest.fixture
def older(store: Store, masters: Masters) -> Store:
    """A database as the older version left it."""
    masters.copy("older", of_the_older_version, store)
    return store


@pytest.fixture
def world(store: Store, masters: Masters) -> Iterator[World]:
    """The service on the same database, brought up; each test has a copy, for the way up takes seconds."""
    masters.copy("brought up", brought_up, store)
    made = World(
        store.url,
        DemoClock(local("2026-12-22 10:00")),
        newham(),
        dict(IDS),
        FaultyAdapter(),
        WebAdapter(Bell(), BASE_URL),
    )
    made.boot()
    yield made
    made.close()


def audit_of(world: World, reference: str) -> Audit:
    (found,) = world.all(Audit, col(Audit.reference) == reference)
    return found


def sent_about(world: World, message: str, audit: Audit, *, since: int = 0) -> set[str]:
    """Who has got a message about an audit."""
    found = [each for each in world.notices(message=message, state="sent") if each.id > since]
    return {world.name(each.recipient_id) for each in found if world.is_about(each, audit)}


def newest(world: World) -> int:
    return max(each.id for each in world.notices())


def of_duties(world: World, *where: Any) -> list[Answer]:
    """What was answered, without the grades on the works' own forms."""
    return world.all(Answer, col(Answer.kind) != "scale", *where)


def answers(world: World, audit: Audit) -> dict[str, Any]:
    """The newest answer to each question about an audit."""
    rows = of_duties(world, col(Answer.subject_type) == "audit", col(Answer.subject_id) == audit.id)
    return {each.question: each.value for each in rows}


async def test_grades_are_answers_with_the_work(world: World) -> None:
    columns, rows = TABLES["audit"]["columns"], TABLES["audit"]["rows"]
    before = {row[columns.index("reference")]: row[columns.index("grades")] for row in rows}
    assert any(before.values())
    for reference, grades in before.items():
        audit = audit_of(world, reference)
        given = grades if isinstance(grades, dict) else json.loads(grades)
        assert world.answers(audit) == given | answers_without_a_deadline(world, audit)


def answers_without_a_deadline(world: World, audit: Audit) -> dict[str, Any]:
    """What was noted of a meeting that nobody was asked for."""
    about = (col(Answer.subject_type) == "audit", col(Answer.subject_id) == audit.id)
    return {each.question: each.value for each in of_duties(world, *about, col(Answer.deadline_id).is_(None))}


async def meet(world: World, audit: Audit, day: str, chair: str) -> Reply:
    values = {"meeting-date": day, "chair": str(IDS[chair])}
    return await world.send_form("mina", "answer", world.deadline("pim-date", audit).token, **values)


async def test_what_was_noted_of_a_meeting_is_an_answer(world: World) -> None:
    audit = audit_of(world, "QA-1004")
    assert answers(world, audit) == {"meeting-date": "2026-12-29", "chair": IDS["hanif"]}
    met = world.deadline("pim-date", audit, state="met")
    assert {(each.deadline_id, each.by_id, each.at) for each in of_duties(world)} == {
        (met.id, IDS["mina"], met.closed_at)
    }


async def test_what_happened_before_has_left_its_moments(world: World) -> None:
    rows = world.all(Moment, col(Moment.subject_type) == "audit")
    by_audit = {
        reference: [each.name for each in rows if each.subject_id == audit_of(world, reference).id]
        for reference in ("QA-1001", "QA-1002", "QA-1003", "QA-1004")
    }
    work = "practice-learning-review"
    assert by_audit == {
        "QA-1001": [f"{work}.submitted", f"{work}.final", "actions.opened", "head-of-service.opened"],
        "QA-1002": [
            f"{work}.submitted",
            f"{work}.final",
            "actions.opened",
            "qa.opened",
            "promised.opened",
            "actions.put-off",
        ],
        "QA-1003": [],
        "QA-1004": [
            f"{work}.submitted",
            "alert.opened",
            "pim-date.opened",
            "red-review.opened",
            "alert.done",
            "pim-date.done",
        ],
    }
    (alert,) = world.all(Alert, col(Alert.audit_id) == audit_of(world, "QA-1004").id)
    (opened,) = [each for each in rows if each.name == "alert.opened" and each.subject_id == alert.audit_id]
    assert opened.at == alert.raised_at


async def test_the_alert_is_acknowledged(world: World) -> None:
    audit = audit_of(world, "QA-1006")
    reply = await world.acknowledge("mina", audit)
    assert isinstance(reply, ShowCard)
    assert reply.say.endswith(
        "What comes next: Head of Service review (Hanif Bello, by 30 December 2026) and "
        "Date of the Practice Improvement Meeting (Mina Sharpe, by 30 December 2026)."
    )
    (alert,) = world.all(Alert, col(Alert.audit_id) == audit.id)
    assert (alert.graded, alert.concern, alert.acknowledged_by_id) == (True, False, IDS["mina"])
    assert world.deadline("alert", audit, state="met").closed_why == "Acknowledged"


async def test_an_alert_that_nobody_acknowledges_climbs_on(world: World) -> None:
    red, concern = audit_of(world, "QA-1006"), audit_of(world, "QA-1005")
    await world.acknowledge("hanif", red)
    await world.advance("2026-12-23 13:00")
    assert sent_about(world, "red-alert-escalated", red) == set()
    assert sent_about(world, "red-alert-escalated", concern) == {"dara", "quinn", "rowan"}
    (alert,) = world.all(Alert, col(Alert.audit_id) == concern.id)
    assert (alert.graded, alert.concern) == (False, True)


async def test_a_concern_that_turns_out_red_is_raised_anew(world: World) -> None:
    audit = audit_of(world, "QA-1005")
    before = world.deadline("alert", audit)

    def look_again(unit: Unit) -> None:
        found = unit.session.get_one(Audit, audit.id)
        row = moderations.draw_by_hand(unit, found, IDS["rowan"])
        moderations.record(unit, row, found, "red", by=IDS["rowan"])

    await world.run(look_again)
    assert world.deadline("alert", audit).id != before.id
    assert world.deadline("pim-date", audit).due_on == date(2026, 12, 31)
    (alert,) = world.all(Alert, col(Alert.audit_id) == audit.id)
    assert (alert.graded, alert.concern) == (True, True)


async def test_the_date_of_the_meeting_is_given_and_not_before_its_alert(world: World) -> None:
    audit = audit_of(world, "QA-1006")
    early = await meet(world, audit, "2026-12-18", "hanif")
    assert isinstance(early, OpenForm)
    assert early.form.errors == {"meeting-date": "Give a date from 21 December 2026 on."}
    given = await meet(world, audit, "2027-01-05", "hanif")
    assert isinstance(given, Say)
    assert given.text == "Thank you. The meeting is noted for 5 January 2027."
    assert [each.action for each in given.buttons] == ["change-date"]
    assert answers(world, audit) == {"meeting-date": "2027-01-05", "chair": IDS["hanif"]}
    assert world.deadline("pim-date", audit, state="met").closed_why == "Meeting on 5 January 2027"


async def test_a_date_that_is_not_given_is_asked_for_and_climbs(world: World) -> None:
    audit, before = audit_of(world, "QA-1006"), newest(world)
    await world.advance("2026-12-29 12:00")
    assert sent_about(world, "pim-date", audit, since=before) == {"mina"}
    await world.advance("2026-12-31 12:00")
    assert sent_about(world, "pim-date", audit, since=before) == {"mina", "dara"}


async def test_the_head_of_service_lets_it_be_final_and_actions_follow(world: World) -> None:
    audit = audit_of(world, "QA-1004")

    def finish(unit: Unit) -> bool:
        return finalising.make_final(unit, unit.session.get_one(Audit, audit.id), by=None)

    assert not await world.run(finish)
    assert audit_of(world, "QA-1004").state == AuditState.submitted
    await world.moderate("hanif", audit, "red")
    assert audit_of(world, "QA-1004").state == AuditState.finalised
    assert world.deadline("actions", audit).anchors["final"] == "2026-12-22"
    await world.advance("2027-01-13 12:00")
    assert sent_about(world, "audit-final", audit) == {"sofia"}
    assert sent_about(world, "actions-confirm", audit) == {"sofia", "ade"}


async def test_actions_go_on_climbing_until_they_are_confirmed(world: World) -> None:
    audit, before = audit_of(world, "QA-1001"), newest(world)
    await world.advance("2027-01-05 12:00")
    assert sent_about(world, "actions-second", audit) == {"sofia", "ade", "mina"}
    await world.press("ade", "answer", audit, kind="actions")
    assert world.deadline("actions", audit, state="met").closed_why == "Confirmed as completed"
    assert [each.state for each in world.all(Action, col(Action.audit_id) == audit.id)] == [ActionState.done]
    await world.advance("2027-02-01 12:00")
    assert sent_about(world, "actions-to-slt", audit) == set()
    assert "actions-confirm" not in [each.message for each in world.notices() if each.id > before]


async def test_a_card_that_the_older_version_drew_is_drawn_again_with_the_buttons_of_now(world: World) -> None:
    audit = audit_of(world, "QA-1001")
    reply = await world.press("ade", "confirm-done", audit, kind="actions")
    assert isinstance(reply, ShowCard)
    assert "from an older message" in reply.say
    assert "answer" in str(reply.card)
    assert world.deadline("actions", audit).state == "open"


async def test_a_new_date_may_be_given_for_actions_that_wait(world: World) -> None:
    audit = audit_of(world, "QA-1001")
    await world.send_form("ade", "not-yet", world.deadline("actions", audit).token, new_date="2027-01-15")
    assert world.deadline("promised", audit).due_on == date(2027, 1, 15)


async def test_a_date_that_was_promised_before_is_kept_to(world: World) -> None:
    audit = audit_of(world, "QA-1002")
    await world.advance("2027-01-08 12:00")
    assert sent_about(world, "promised-date", audit) == {"ade"}
    await world.advance("2027-01-11 12:00")
    assert sent_about(world, "promised-date-to-slt", audit) == {"dara", "sian"}
    await world.press("ade", "answer", audit, kind="promised")
    assert [each.state for each in world.all(Action, col(Action.audit_id) == audit.id)] == [ActionState.done]
    again = world.deadline("promised", audit, state="met").token
    refused = await world.send_form("ade", "not-yet", again, new_date="2027-01-20")
    assert "no longer waiting" in str(refused) or "can be given once" in str(refused)


async def test_the_data_is_asked_for_again_and_its_sending_is_noted(world: World) -> None:
    before = newest(world)
    await world.advance("2026-12-24 12:00")
    told = [each for each in world.notices(message="data-request", state="sent") if each.id > before]
    assert {world.name(each.recipient_id) for each in told} == {"della", "quinn", "rowan"}
    await world.press_token("della", "answer", told[0].token)
    (request,) = world.all(Deadline, col(Deadline.kind) == "data-request")
    assert (request.state, request.closed_why, request.closed_by_id) == ("met", "Data sent", IDS["della"])


async def test_no_ladder_breaks_and_nothing_is_said_twice(world: World) -> None:
    await world.advance("2027-02-01 12:00")
    assert world.events("plan-failed") == []
    keys = [each.key for each in world.notices()]
    assert len(keys) == len(set(keys))
    assert world.deadline("red-review", audit_of(world, "QA-1004")).holds


async def test_a_cycle_that_is_under_way_or_planned_is_not_made_again(world: World) -> None:
    cycles = [(each.activity, each.name, each.starts_on, each.due_on) for each in world.all(Cycle)]
    await world.advance("2026-12-30 12:00")
    assert [(each.activity, each.name, each.starts_on, each.due_on) for each in world.all(Cycle)] == cycles
    assert len(cycles) == 2


def test_down_again_is_what_it_was(older: Store) -> None:
    before = content_of(older)
    upgrade(older)
    downgrade(older, "0004", lose=True)
    after = content_of(older)
    # "Confirmed" and "completed" were two words for one thing: nothing acted on the difference.
    for row in before["ladder_snapshot"]:
        row["body"] = {**row["body"], "stop": row["body"]["stop"].replace("confirmed", "completed")}
    for row in (each for each in after["deadline"] if each["kind"] == "pim-date"):
        assert row["anchors"].pop("alert.opened") == row["anchors"]["raised"]
    assert after == before


async def test_down_and_up_after_use_has_dates_chairs_and_alerts_again(world: World, store: Store) -> None:
    audit = audit_of(world, "QA-1006")
    await meet(world, audit, "2027-01-05", "mina")
    await world.acknowledge("mina", audit)
    await world.moderate("hanif", audit_of(world, "QA-1004"), "red")
    downgrade(store, "0004", lose=True)
    content = content_of(store)
    noted = {row["reference"]: (row["pim_on"], row["pim_chair_id"]) for row in content["audit"] if row["pim_on"]}
    assert noted == {
        "QA-1004": (date(2026, 12, 29), IDS["hanif"]),
        "QA-1006": (date(2027, 1, 5), IDS["mina"]),
    }
    assert [row["kind"] for row in content["alert"]] == ["red", "immediate", "red"]
    actions = [row for row in content["deadline"] if row["kind"] == "actions"][-1]
    assert actions["anchors"]["finalised"] == "2026-12-22"
    assert {row["body"]["stop"] for row in content["ladder_snapshot"]} == {"acknowledged", "completed"}
    upgrade(store)
    assert answers(world, audit) == {"meeting-date": "2027-01-05", "chair": IDS["mina"]}
    assert answers(world, audit_of(world, "QA-1004")) == {"meeting-date": "2026-12-29", "chair": IDS["hanif"]}
    assert [each.graded for each in world.all(Alert)] == [True, False, True]
    await world.advance("2027-01-13 12:00")
    assert world.events("plan-failed") == []
    assert sent_about(world, "actions-confirm", audit_of(world, "QA-1004")) == {"sofia", "ade"}
