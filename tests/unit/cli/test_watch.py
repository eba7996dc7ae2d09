"""`qabot watch --once`: what is wrong is printed with what to do, and the exit code says that something is."""

from datetime import timedelta
from pathlib import Path

from qabot.models import Meta, Notice, NoticeState, Person, Store
from qabot.models.migrate import upgrade
from qabot.scheduler.clock import SystemClock
from qabot.scheduler.watch import SEEN
from tests.unit.cli.conftest import Cli


def at_work(database: Path) -> Store:
    """A database that a service has looked at just now."""
    store = Store(f"sqlite:///{database}", inline=True)
    upgrade(store)
    with store.transaction() as session:
        session.merge(Meta(key=SEEN, value=SystemClock().now().isoformat()))
    return store


def test_all_is_well_or_what_is_overdue_with_what_to_do(cli: Cli, database: Path) -> None:
    store = at_work(database)
    well = cli("watch", "--once")
    assert (well.code, well.out) == (0, "All is well.\n"), well
    now = SystemClock().now()
    with store.transaction() as session:
        person = Person(name="Ana Costa", email="ana.costa@council.example")
        session.add(person)
        session.flush()
        session.add(
            Notice(
                key="k",
                message="red-alert",
                lane="alert",
                rule="NEW-ALT-1",
                subject_type="audit",
                subject_id=1,
                recipient_id=person.id,
                reason="r",
                created_at=now,
                not_before=now - timedelta(hours=2),
                state=NoticeState.planned,
            )
        )
    store.close()
    ran = cli("watch", "--once")
    assert ran.code == 2
    assert " ".join(ran.out.split()) == (
        "notices-overdue: 1 notice is due and did not go. Look at the service's log and its chats: qabot doctor."
    )
    assert "Ana" not in ran.out + ran.err


def test_without_a_database_of_this_version_it_makes_none(cli: Cli, database: Path) -> None:
    ran = cli("watch", "--once")
    assert (ran.code, ran.out) == (2, "")
    assert "qabot upgrade --check" in ran.err
    assert not database.exists()


def test_a_server_that_is_away_is_a_trouble_to_tell(cli: Cli) -> None:
    away = {"database_url": "postgresql://qabot@127.0.0.1:1/qabot", "operator_email": "ops@council.example"}
    ran = cli("watch", "--once", **away, smtp_host="127.0.0.1", smtp_port="1", smtp_tls="none")
    assert ran.code == 2
    assert "database-away: The database cannot be used." in ran.out
    assert "mail-failed" in ran.out, "an e-mail was tried"


def test_a_copy_that_waits_is_a_trouble_and_no_other_version(cli: Cli, database: Path, tmp_path: Path) -> None:
    at_work(database).close()
    assert cli("restore", "--in-place").code == 0
    ran = cli("watch", "--once")
    assert ran.code == 2
    assert "copy-waiting" in ran.out
