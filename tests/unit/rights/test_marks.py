"""The event log shows that it was changed: each line is sealed with a mark that carries the one before."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import delete, text, update
from sqlmodel import Session, col, select

from qabot.errors import BadRequest
from qabot.models import Event, LogMark, MarkKind, Meta, Person, Store
from qabot.models.migrate import upgrade
from qabot.rights import erasing, marks, retaining
from qabot.rights.marks import Head
from qabot.rights.verifying import Checked, head_of, verify
from tests.support import small_council
from tests.support.postgres_fixtures import postgres_server, postgres_url

__all__ = ["postgres_server", "postgres_url"]
NOW = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A council with seven sealed lines, the first three of which are old enough to go."""
    made = Store("sqlite://", inline=True)
    upgrade(made)
    with made.transaction() as session:
        small_council.fill(session)
        for day in range(7):
            write(session, at=NOW - timedelta(days=800 if day < 3 else 7 - day))
    seal(made)
    yield made
    made.close()


def write(session: Session, *, at: datetime = NOW, why: str = "the step of the day", what: str = "sent") -> Event:
    event = Event(at=at, what=what, subject_type="audit", subject_id=9, why=why, detail={"message": "due", "n": 1.5})
    session.add(event)
    session.flush()
    return event


def seal(store: Store, now: datetime = NOW, most: int = marks.BATCH) -> int:
    with store.transaction() as session:
        return marks.seal(session, now, most)


def check(store: Store, *kept: Head) -> Checked:
    with store.engine.connect() as connection:
        return verify(connection, kept)


def head(store: Store) -> Head:
    with store.engine.connect() as connection:
        return marks.head(connection)


def spoil(store: Store, statement: str) -> None:
    with store.engine.begin() as connection:
        connection.execute(text("PRAGMA foreign_keys=OFF"))
        connection.execute(text(statement))


def test_what_was_written_is_sealed_once_and_found_whole(store: Store) -> None:
    assert seal(store) == 0
    with store.transaction() as session:
        for _ in range(5):
            write(session)
    assert [seal(store, most=3), seal(store, most=3)] == [3, 2]
    with store.transaction() as session:
        write(session)
    found = check(store)
    assert (found.wrong, found.lines, found.waiting) == ([], 12, 1)
    assert found.head.number == 12


CHANGED = "UPDATE event SET {} WHERE id = 5"


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        *(
            (CHANGED.format(each), "Line 5 (")
            for each in (
                "why = 'x'",
                "at = '2026-01-01 00:00:00.000000'",
                "what = 'seen'",
                "actor_id = 4",
                "subject_id = NULL",
                "deadline_id = 3",
                "detail = '{}'",
            )
        ),
        ("DELETE FROM event WHERE id = 5", "Line 5 was taken out of the log."),
        ("DELETE FROM event WHERE id = 7", "Line 7 was taken out of the log."),
        ("DELETE FROM log_mark WHERE number = 5", "Mark 5 is missing"),
        ("UPDATE log_mark SET digest = zeroblob(32) WHERE number = 5", "Mark 5 (of line 5) does not follow"),
        ("UPDATE log_mark SET at = '2026-01-01 00:00:00.000000' WHERE number = 5", "Mark 5 (of line 5) does not"),
        ("UPDATE log_mark SET salt = NULL WHERE number = 5", "Line 5 ("),
        ("UPDATE log_mark SET gone_by = 9 WHERE number = 5", "Line 5 is said to have gone"),
        (
            "INSERT INTO event (id, at, what, subject_type, rule, why, detail) "
            "VALUES (-1, '2026-11-28 09:00:00.000000', 'sent', '', '', '', '{}')",
            "Line -1 stands among older ones",
        ),
    ],
)
def test_whatever_is_changed_is_found_where_it_is(store: Store, statement: str, said: str) -> None:
    spoil(store, statement)
    assert check(store).wrong[0].startswith(said)


def test_a_mark_that_was_reckoned_anew_does_not_fit_the_next_one(store: Store) -> None:
    with store.transaction() as session:
        line = session.get_one(Event, 5)
        line.why = "something else"
        session.add(line)
        session.flush()
        _reckon_anew(session, [5])
    assert check(store).wrong[0].startswith("Mark 6 (of line 6) does not follow")


def _reckon_anew(session: Session, numbers: list[int]) -> None:
    """What somebody who knows how it is done and may write to the database would do."""
    for number in numbers:
        mark, before = session.get_one(LogMark, number), session.get_one(LogMark, number - 1)
        line = session.connection().execute(Event.__table__.select().where(col(Event.id) == mark.event_id))  # type: ignore[attr-defined]
        mark.digest = marks.digest(line.mappings().one(), mark.salt or b"")
        mark.mark = marks.link(before.mark, number, mark.kind, mark.event_id, mark.at, mark.digest)
        session.add(mark)
        session.flush()


def test_only_a_head_that_was_kept_elsewhere_shows_a_chain_that_was_written_anew_or_cut_off(store: Store) -> None:
    kept = head(store)
    assert check(store, kept).wrong == []
    with store.transaction() as session:
        write(session)
    seal(store)
    assert check(store, kept).wrong == []
    with store.transaction() as session:
        line = session.get_one(Event, 5)
        line.why = "something else"
        session.add(line)
        session.flush()
        _reckon_anew(session, [5, 6, 7, 8])
    assert check(store).wrong == []
    assert "Mark 7 is not the one of the head" in check(store, kept).wrong[0]
    spoil(store, "DELETE FROM event WHERE id > 5")
    spoil(store, "DELETE FROM log_mark WHERE number > 5")
    assert check(store).wrong == []
    assert "The log ends at mark 5, and the head that was kept is mark 7" in check(store, kept).wrong[0]


def test_an_erasure_is_no_tampering_and_leaves_nothing_to_guess_the_name_from(store: Store) -> None:
    with store.transaction() as session:
        mina = session.exec(select(Person).where(Person.email == "mina@council.example")).one()
        write(session, why=f"handed over to {mina.name}", what="audit-reassigned")
        session.flush()
        marks.seal(session, NOW)
        mina.active = False
        session.add(mina)
        session.flush()
        erasing.erase(session, mina, NOW)
        marks.seal(session, NOW)
    found = check(store)
    assert (found.wrong, found.changed) == ([], 1)
    with store.transaction() as session:
        first, changed = session.exec(select(LogMark).where(LogMark.event_id == 8).order_by(col(LogMark.number))).all()
        assert (first.salt, changed.kind) == (None, MarkKind.changed)
        line = session.get_one(Event, 8)
        line.why = "handed over to somebody else"
        session.add(line)
    assert check(store).wrong[0].startswith("Line 8 (audit-reassigned")


def test_what_goes_with_time_is_no_tampering_and_says_how_many(store: Store) -> None:
    with store.transaction() as session:
        gone = {each.what: each.count for each in retaining.run(session, NOW, {}) if each.count}
        assert gone == {"lines of the event log": 3}
        marks.seal(session, NOW)
    found = check(store)
    assert (found.wrong, found.gone, found.lines) == ([], 3, 5)
    with store.transaction() as session:
        assert all(each.salt is None for each in session.exec(select(LogMark).where(LogMark.gone_by == 8)))
        session.execute(update(LogMark).where(col(LogMark.event_id) == 6).values(gone_by=8))
        session.execute(delete(Event).where(col(Event.id) == 6))
    assert check(store).wrong[0] == "Mark 8 says which lines went with time, and others are missing."


def test_lines_that_are_not_sealed_go_with_time_too(store: Store) -> None:
    with store.transaction() as session:
        write(session, at=NOW - timedelta(days=800))
        assert sum(each.count for each in retaining.run(session, NOW, {})) == 4
    seal(store)
    assert check(store).wrong == []


def test_where_the_newest_line_goes_its_number_is_nobody_elses(store: Store) -> None:
    """SQLite gives it to the next one: a line that was there again, and one that was never sealed."""
    with store.transaction() as session:
        newest = write(session, at=NOW - timedelta(days=800)).id
    seal(store)
    with store.transaction() as session:
        assert sum(each.count for each in retaining.run(session, NOW, {})) == 4
        assert newest not in session.exec(select(Event.id)).all()
    seal(store)
    found = check(store)
    assert (found.wrong, found.gone, found.waiting) == ([], 4, 0)
    with store.transaction() as session:
        assert retaining.run(session, NOW, {})
        assert [each.what for each in session.exec(select(Event))].count("retention-run") == 1


@pytest.mark.parametrize("given", ["", "12", "x:00", "12:zz"])
def test_what_is_no_head_says_how_one_looks(given: str) -> None:
    with pytest.raises(BadRequest, match="is no head of the log"):
        head_of(given)
    assert head_of(str(Head(12, bytes(32)))) == Head(12, bytes(32))


@pytest.mark.postgres
def test_a_line_that_appears_late_is_sealed_late_and_two_that_seal_are_one(postgres_url: str) -> None:
    store = Store(postgres_url, inline=True)
    upgrade(store)
    with Session(store.engine) as slow, Session(store.engine) as undone:
        early = write(slow).id
        write(undone)
        undone.rollback()
        with store.transaction() as session:
            after = write(session).id
        assert after > early
        assert seal(store) == 1
        assert seal(store, NOW + timedelta(minutes=50)) == 0
        assert check(store).wrong == []
        slow.commit()
    assert check(store).waiting == 1
    assert seal(store, NOW + timedelta(minutes=55)) == 1
    with store.transaction() as session:
        for _ in range(300):
            write(session)
    both = [Thread(target=seal, args=(store,)) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    found = check(store)
    assert (found.wrong, found.lines, found.waiting) == ([], 302, 0)
    with store.transaction() as session:
        session.execute(delete(Meta).where(col(Meta.key) == marks.GAPS))
        session.add(Event(id=early + 1, at=NOW, what="sent"))
    assert f"Line {early + 1} stands among older ones" in check(store).wrong[0]
    store.close()
