"""What older versions read out of a notice's key stands in columns after the upgrade."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import Connection, MetaData, Table, insert, select, update

from qabot.models import Store
from qabot.models.migrate import downgrade, upgrade
from tests.migration.test_duties_in_mid_quarter import IDS, content_of, of_the_older_version
from tests.support.masters import Masters

NOTHING = (None, None, None, "")


def of_revision_0006(store: Store) -> None:
    """In mid-quarter, with an absence."""
    of_the_older_version(store)
    upgrade(store, "0006")
    with store.engine.begin() as connection:
        absence = insert(_table(connection, "absence"))
        days = {"from_on": date(2026, 12, 1), "to_on": date(2026, 12, 31)}
        connection.execute(absence.values(id=7, person_id=IDS["mina"], deputy_id=IDS["hanif"], **days))


@pytest.fixture
def older(store: Store, masters: Masters) -> Store:
    """A copy of such a database."""
    masters.copy("revision 0006", of_revision_0006, store)
    return store


def _table(connection: Connection, name: str) -> Table:
    """As it stands in the database, without the tables that it refers to."""
    return Table(name, MetaData(), autoload_with=connection, resolve_fks=False)


def with_key(store: Store, key: str, **values: Any) -> tuple[Any, ...]:
    """What the upgrade makes of a notice that has this key: handed on by, absence, brought to, slot."""
    with store.engine.begin() as connection:
        notice = _table(connection, "notice")
        number = connection.execute(select(notice.c.id).order_by(notice.c.id)).scalars().first()
        changed = {"key": key, "slot": "", "lane": "alert", **values}
        connection.execute(update(notice).where(notice.c.id == number).values(changed))
    upgrade(store)
    with store.engine.connect() as connection:
        notice = _table(connection, "notice")
        columns = (notice.c.handed_on_by_id, notice.c.absence_id, notice.c.brought_to, notice.c.slot)
        return tuple(connection.execute(select(*columns).where(notice.c.id == number)).one())


@pytest.mark.parametrize("rest", ["", ">4", "@slack"])
def test_who_handed_an_alert_on_is_known(older: Store, rest: str) -> None:
    by, *_ = with_key(older, f"handed-on:3:{IDS['mina']}:{IDS['hanif']}{rest}")
    assert by == IDS["mina"]


def test_the_absence_in_which_a_deputy_stands_in_is_known(older: Store) -> None:
    assert with_key(older, f"covering:7:{IDS['hanif']}:named") == (None, 7, None, "")


@pytest.mark.parametrize("key", ["covering:7:4:named:ended:11", "covering:8:4:3"])
def test_an_absence_that_has_ended_or_is_gone_is_none(older: Store, key: str) -> None:
    assert with_key(older, key) == NOTHING


def test_the_chat_to_which_a_copy_was_brought_is_known(older: Store) -> None:
    assert with_key(older, "3:NEW-ALT-1:4:1@slack", slot="1") == (None, None, "slack", "1")


def test_a_reference_is_no_chat(older: Store) -> None:
    assert with_key(older, "allocated:3:A@B", lane="due") == NOTHING


def test_a_digest_knows_its_day(older: Store) -> None:
    made = with_key(older, f"digest:{IDS['mina']}:2026-12-31", message="digest", lane="due")
    assert made == (None, None, None, "2026-12-31")


def test_the_steps_that_were_planned_are_pairs_and_marks_again(older: Store) -> None:
    before = {row["id"]: row["fired"] for row in content_of(older)["deadline"]}
    assert any(before.values())
    upgrade(older)
    after = {row["id"]: row["fired"] for row in content_of(older)["deadline"]}
    assert after == {number: [mark.split("|") for mark in fired] for number, fired in before.items()}
    downgrade(older, "0006", lose=True)
    assert {row["id"]: row["fired"] for row in content_of(older)["deadline"]} == before
