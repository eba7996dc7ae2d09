"""Lists that are bound by a name: one array on PostgreSQL, values one by one on SQLite, and the same rows on both."""

from collections.abc import Iterator

import pytest
from sqlalchemy import create_mock_engine, select
from sqlmodel import Session

from qabot.models import Meta, Store
from qabot.models.columns import among, table
from qabot.models.migrate import upgrade
from tests.support.postgres_fixtures import postgres_server, postgres_url

__all__ = ["postgres_server", "postgres_url"]

META = table(Meta).c
FOUND = select(META.key).where(among(META.key, "keys"), META.value == "here").order_by(META.key)
ODD = ["it's", "a,b", "{c}", '"d"', "é", "NULL", " "]


@pytest.fixture
def kept(request: pytest.FixtureRequest) -> Iterator[Store]:
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else "sqlite://"
    store = Store(url, inline=True)
    upgrade(store)
    with store.transaction() as session:
        session.add_all([Meta(key=each, value="here") for each in ODD])
        session.add(Meta(key="gone", value="elsewhere"))
    yield store
    store.close()


on_both = pytest.mark.parametrize(
    "kept", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True
)


def find(session: Session, *keys: str) -> set[str]:
    return set(session.connection().execute(FOUND, {"keys": list(keys)}).scalars())


@on_both
def test_rows_are_found_by_whichever_values_are_listed(kept: Store) -> None:
    with kept.transaction() as session:
        assert find(session, *ODD, "gone", "never") == set(ODD)
        assert find(session, "it's") == {"it's"}
        assert find(session, "a,b", "a", "b") == {"a,b"}


@on_both
def test_nothing_is_among_no_values(kept: Store) -> None:
    with kept.transaction() as session:
        assert find(session) == set()


@on_both
def test_more_values_than_a_statement_has_parameters(kept: Store) -> None:
    most = 70_000 if not kept.sqlite else 20_000
    with kept.transaction() as session:
        assert find(session, *map(str, range(most)), "{c}") == {"{c}"}


def test_on_postgresql_a_statement_is_the_same_however_many_are_listed() -> None:
    dialect = create_mock_engine("postgresql+psycopg://", print).dialect
    assert "meta.key = ANY (%(keys)s::VARCHAR[]) AND" in str(FOUND.compile(dialect=dialect))


def test_on_sqlite_an_index_answers_it() -> None:
    store = Store("sqlite://", inline=True)
    upgrade(store)
    made = str(FOUND.compile(store.engine)).replace("__[POSTCOMPILE_keys]", "?, ?")
    with store.engine.connect() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {made}", ("a", "b", "here")).all()
    store.close()
    assert ["SEARCH meta USING INDEX" in row[3] for row in plan] == [True]
