"""What the database could not take stands in no error, and so in no line of the log."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from traceback import format_exception
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from qabot.models import Nomination, Person, Store
from qabot.models.migrate import upgrade
from tests.support.postgres_fixtures import postgres_server, postgres_url

__all__ = ["postgres_server", "postgres_url"]
WRITTEN = "She listened, and wrote the plan together with them."


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    made = Store("sqlite://" if request.param == "sqlite" else request.getfixturevalue("postgres_url"), inline=True)
    upgrade(made)
    yield made
    made.close()


def record(by: int) -> Nomination:
    return Nomination(
        nominator_id=by,
        submitted_at=datetime(2026, 11, 23, 10, tzinfo=UTC),
        seen_on=date(2026, 11, 20),
        what=WRITTEN,
        difference=WRITTEN,
        seen_in="Audit",
        once="the same",
    )


def test_what_somebody_wrote_is_in_no_error_of_the_database(store: Store) -> None:
    """As where the same record comes twice in one moment: the second one is refused by the database."""
    with store.transaction() as session:
        by = Person(name="Quinn Marsh", email="quinn@council.example")
        session.add(by)
        session.flush()
        session.add(record(by.id))
        session.flush()
        session.add(record(by.id))
        with pytest.raises(IntegrityError) as refused:
            session.flush()
        session.rollback()
    assert "INSERT INTO nomination" in str(refused.value)
    assert WRITTEN not in str(refused.value)


def unknown_nominator() -> list[Nomination]:
    return [record(by=4711)]


def a_row_without_its_day() -> list[Nomination]:
    nomination = record(by=1)
    nomination.seen_on = None  # type: ignore[assignment]
    return [nomination]


def two_people_of_one_address() -> list[Person]:
    return [Person(name=name, email="rowan.peck@council.example") for name in ("Rowan Peck", "R. Peck")]


@pytest.mark.parametrize("refused", [unknown_nominator, a_row_without_its_day, two_people_of_one_address])
def test_nor_is_the_row_that_it_did_not_take(store: Store, refused: Callable[[], list[Any]]) -> None:
    """PostgreSQL quotes the value of a key, and the whole of a row that lacks something."""
    with store.transaction() as session:
        session.add(Person(name="Quinn Marsh", email="quinn@council.example"))
        session.flush()
        session.add_all(refused())
        with pytest.raises(IntegrityError) as error:
            session.flush()
        session.rollback()
    said = "".join(format_exception(error.value))
    assert "INSERT INTO" in said
    for written in (WRITTEN, "4711", "Peck", "peck"):
        assert written not in said
