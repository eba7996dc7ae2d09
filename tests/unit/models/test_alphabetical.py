"""Lists by name are in one order on every database, whatever its settings."""

from sqlalchemy.dialects import postgresql
from sqlmodel import Session, SQLModel, create_engine, select

from qabot.models import Person
from qabot.models.columns import alphabetical

NAMES = ["Özlem Kaya", "ada Moss", "Bo Lind", "Ade Lawal", "de Souza", "Zoe Ash"]
IN_ORDER = ["ada Moss", "Ade Lawal", "Bo Lind", "de Souza", "Zoe Ash", "Özlem Kaya"]


def test_capitals_count_for_nothing_and_accents_come_last() -> None:
    engine = create_engine("sqlite://")
    SQLModel.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all([Person(name=each, email=f"{number}@council.example") for number, each in enumerate(NAMES)])
        session.flush()
        assert list(session.exec(select(Person.name).order_by(alphabetical(Person.name)))) == IN_ORDER


def test_on_postgresql_the_order_is_not_that_of_its_collation() -> None:
    statement = select(Person.name).order_by(alphabetical(Person.name))
    assert 'ORDER BY lower(person.name COLLATE "C")' in str(statement.compile(dialect=postgresql.dialect()))  # type: ignore[no-untyped-call]
