"""What older versions read out of sentences, keys and params stands in columns after the upgrade, and goes back."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy import Connection, MetaData, Table, insert, select, update

from qabot.models import Store
from qabot.models.migrate import downgrade, upgrade
from tests.migration.test_duties_in_mid_quarter import IDS, of_the_older_version
from tests.support.masters import Masters

BEFORE = "0038"


def of_the_version_before(store: Store) -> None:
    of_the_older_version(store)
    upgrade(store, BEFORE)


@pytest.fixture
def older(store: Store, masters: Masters) -> Store:
    """A database of the version before, in mid-quarter; each test has a copy, for the way up takes seconds."""
    masters.copy("the version before", of_the_version_before, store)
    return store


def _table(connection: Connection, name: str) -> Table:
    """As it stands in the database, without the tables that it refers to."""
    return Table(name, MetaData(), autoload_with=connection, resolve_fks=False)


def after(store: Store, name: str, number: int) -> Mapping[str, Any]:
    """A row as the upgrade leaves it."""
    upgrade(store)
    return row(store, name, number)


def row(store: Store, name: str, number: int) -> Mapping[str, Any]:
    with store.engine.connect() as connection:
        table = _table(connection, name)
        return dict(connection.execute(select(table).where(table.c.id == number)).mappings().one())


def first(store: Store, name: str, **values: Any) -> int:
    """The first row of a table, with these values instead of its own."""
    with store.engine.begin() as connection:
        table = _table(connection, name)
        number: int = connection.execute(select(table.c.id).order_by(table.c.id)).scalars().first() or 0
        connection.execute(update(table).where(table.c.id == number).values(values))
    return number


def add(store: Store, name: str, **values: Any) -> int:
    with store.engine.begin() as connection:
        made = connection.execute(insert(_table(connection, name)).values(values)).inserted_primary_key
    return int(made[0]) if made is not None else 0


@pytest.mark.parametrize(
    ("said", "ended"),
    [
        ("No longer asked: Quality Board was held", "not-brought"),
        ("The survey has closed", "survey-closed"),
        ("Meeting on 4 December 2026; held", "kept"),
        ("Submitted", ""),
        ("", ""),
    ],
)
def test_how_a_deadline_ended_is_known(older: Store, said: str, ended: str) -> None:
    number = first(older, "deadline", closed_why=said)
    assert after(older, "deadline", number)["ended"] == ended
    downgrade(older, BEFORE)
    assert row(older, "deadline", number)["closed_why"] == said


@pytest.mark.parametrize(
    ("state", "why", "missed"),
    [("cancelled", "It was not held", True), ("cancelled", "Nobody can come", False), ("held", "", False)],
)
def test_a_day_that_was_missed_is_known(older: Store, state: str, why: str, missed: bool) -> None:
    day = {"thing": "board", "key": "2026-12-15", "title": "Board", "reference": "", "day": date(2026, 12, 15)}
    times = {"planned_at": datetime(2026, 12, 1), "changed_at": datetime(2026, 12, 16), "sequence": 0}
    number = add(older, "occasion", token="a", state=state, why=why, **day, **times)
    assert after(older, "occasion", number)["missed"] is missed


def test_of_whose_date_it_is_news_is_known(older: Store) -> None:
    deadline = first(older, "deadline", step="")
    number = first(older, "notice", key=f"date:{deadline}:{IDS['mina']}:2026-12-01T09:00:00+00:00:It is on 4 December.")
    assert after(older, "notice", number)["date_of_id"] == deadline


def test_news_of_what_is_gone_is_of_nothing(older: Store) -> None:
    number = first(older, "notice", key="date:99999:1:2026-12-01T09:00:00+00:00:It is off.")
    assert after(older, "notice", number)["date_of_id"] is None


def test_who_holds_a_message_back_is_known_and_stands_in_its_params_again(older: Store) -> None:
    params = {"held_by": str(IDS["mina"]), "reason_before": "It is owed", "title": "Actions"}
    number = first(older, "notice", state="held", reason="held back: They have much to do (Mina Sharpe)", params=params)
    held = after(older, "notice", number)
    assert held["held_by_id"] == IDS["mina"]
    assert held["params"] == {"reason_before": "It is owed", "title": "Actions"}
    downgrade(older, BEFORE)
    assert row(older, "notice", number)["params"] == params


@pytest.mark.parametrize(
    ("state", "reason", "passed_on"),
    [
        ("superseded", "passed on: Ade Lawal is away until 3 December 2026", True),
        ("superseded", "no longer needed: Submitted", False),
        ("sent", "passed on: by hand", False),
    ],
)
def test_what_went_to_somebody_else_is_known(older: Store, state: str, reason: str, passed_on: bool) -> None:
    number = first(older, "notice", state=state, reason=reason)
    assert after(older, "notice", number)["passed_on"] is passed_on


@pytest.mark.parametrize(
    ("purpose", "kind", "thing", "day"),
    [
        ("sample:head-of-service:all:2026-11", "sample", "head-of-service", date(2026, 11, 1)),
        ("sample:group:service-2:2026-11-16", "sample", "group", date(2026, 11, 16)),
        (
            "turns:thematic-audit:auditor-pool+bi:2026-10-05",
            "turns",
            "thematic-audit:auditor-pool+bi",
            date(2026, 10, 5),
        ),
        ("sharing:thematic-audit:2026-10-05:2", "sharing", "thematic-audit", date(2026, 10, 5)),
        ("allocation:practice-learning-review:2026-10-01", "cases", "practice-learning-review", date(2026, 10, 1)),
        ("again:Tq9sZx", "again", "", None),
        ("again:Tq9sZx:taken-back:4", "again", "", None),
    ],
)
def test_of_what_a_draw_is_one_is_known(older: Store, purpose: str, kind: str, thing: str, day: date | None) -> None:
    values = {"rule": "NEW-MOD-3", "at": datetime(2026, 12, 1), "seed": purpose, "pool": [], "result": [], "terms": {}}
    drawn = after(older, "draw", add(older, "draw", purpose=purpose, **values))
    assert (drawn["kind"], drawn["thing"], drawn["day"]) == (kind, thing, day)
    downgrade(older, BEFORE)
    assert row(older, "draw", drawn["id"])["purpose"] == purpose
