"""The end: all that a council's database holds is erased, and a certificate says what, when, by whom, and what remains.

A certificate is made by whoever erases; it proves what this program did, not what others keep.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlmodel import Session, SQLModel, func, select

from qabot import __version__
from qabot.errors import BadRequest
from qabot.models import Process, Store
from qabot.models.columns import table
from qabot.models.numbering import SEQUENCE
from qabot.rights import holds
from qabot.rights.kinds import KINDS, TABLES

BEATS_APART = 5.0
"""Seconds between two looks at the beats of processes: each raises its number every two."""
SEAL = "SHA-256 of all above this line:"
ELSEWHERE = (
    "Copies of the database (qabot backup, pg_dump, Litestream, the server's archive of its write-ahead log, snapshots "
    "of disks): each ends with its own time, or is destroyed by whoever keeps it.",
    "The secret key (QABOT_SECRET_KEY), database password and tokens of chats in the settings: destroy them. Without "
    "the key, what surveys sealed stays sealed in every copy that is left.",
    "Slack and Teams: messages that were sent stay in people's chats until the platform's own retention ends; remove "
    "the app from the workspace or tenant.",
    "E-mail and calendars to which people took dates, and files that people downloaded (lists, reports, exports).",
    "The case system, which qabot never wrote to.",
    "The service's technical log (journal) and the reverse proxy's.",
    "Files of the council: its framework, its messages, its settings.",
)


@dataclass(frozen=True, slots=True)
class Certificate:
    """What was erased. `counts`: rows by kind of data. `at` is UTC; `by` and `why` as they were given."""

    council: str
    database: str
    at: datetime
    by: str
    why: str
    counts: Mapping[str, int]

    def text(self) -> str:
        """The certificate, as Markdown."""
        rows = [f"| {title} | {count:,} |" for title, count in by_title(self.counts)]
        return "\n".join(
            [
                "# Certificate of erasure",
                "",
                f"- Council: {self.council}",
                f"- Database: {self.database}",
                f"- Erased at: {self.at:%Y-%m-%d %H:%M:%S} UTC",
                f"- By: {self.by}",
                f"- Why: {self.why}",
                f"- With: qabot {__version__}",
                "",
                "All rows of all tables were deleted in one transaction. Every table was counted again: 0 rows.",
                "",
                "| kind of data | rows erased |",
                "|---|---|",
                *rows,
                f"| **All** | **{sum(self.counts.values()):,}** |",
                "",
                "## What remains elsewhere",
                "",
                "This program did not touch these, and whoever keeps them ends them:",
                "",
                *(f"- {each}" for each in ELSEWHERE),
                "",
                "Signed:                                        Date:",
                "",
            ]
        )


def sealed(text: str) -> str:
    """A certificate with a last line that shows whether what stands above it was changed: its SHA-256.

    Whoever changes the text can reckon that line anew, so it proves something where it is kept elsewhere too.
    """
    return f"{text}\n{SEAL} {sha256(text.encode()).hexdigest()}\n"


def seal_of(certificate: str) -> str:
    """The last line of a certificate."""
    return certificate.rstrip("\n").rpartition("\n")[2]


def refuse_what_is_held(session: Session) -> None:
    """Raise `BadRequest` while a legal hold lasts."""
    if lasting := holds.open_holds(session):
        numbers = ", ".join(str(each.id) for each in lasting)
        raise BadRequest(
            f"Legal holds last, so nothing is erased: {numbers} (qabot hold list). End each once it may end."
        )


def living(store: Store, sleep: Callable[[float], None]) -> bool:
    """Whether a service works on this database: one whose number of beats goes up between two looks."""
    before = _beats(store)
    if not before:
        return False
    sleep(BEATS_APART)
    after = _beats(store)
    return any(after.get(name, beats) != beats for name, beats in before.items()) or bool(after.keys() - before.keys())


def _beats(store: Store) -> dict[str, int]:
    with store.transaction() as session:
        return dict(session.exec(select(Process.id, Process.beats)).all())


def counts(session: Session) -> Counter[str]:
    """How many rows there are of each kind of data."""
    totals: Counter[str] = Counter()
    for model, kept in TABLES.items():
        totals[kept.kind] += _count(session, model)
    return totals


def by_title(counted: Mapping[str, int]) -> list[tuple[str, int]]:
    """The counts as people read them: a kind's title, and its rows."""
    return [(kind.title, counted.get(name, 0)) for name, kind in KINDS.items()]


def _count(session: Session, model: type[SQLModel]) -> int:
    return session.exec(select(func.count()).select_from(table(model))).one()


def erase(store: Store) -> Counter[str]:
    """Delete every row of every table; how many there were, by kind. All or nothing.

    What was deleted is not left in the database's own files: SQLite writes over it, PostgreSQL begins new ones.
    """
    with store.transaction() as session:
        refuse_what_is_held(session)
        totals, connection = counts(session), session.connection()
        tables = [each for each in reversed(SQLModel.metadata.sorted_tables) if each.name != "alembic_version"]
        if store.sqlite:
            connection.exec_driver_sql("PRAGMA secure_delete=ON")
            # Rows of one table may refer to one another: checked once all are gone.
            connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
            for each in tables:
                connection.execute(each.delete())
            connection.execute(SEQUENCE.delete())
        else:
            names = ", ".join(f'"{each.name}"' for each in tables)
            connection.exec_driver_sql(f"TRUNCATE {names} RESTART IDENTITY")
        session.expire_all()
        if left := +counts(session):
            raise RuntimeError(f"rows are left: {dict(left)}")
    if store.sqlite:
        with store.engine.connect() as alone:
            alone.exec_driver_sql("COMMIT")
            for statement in ("VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"):
                alone.exec_driver_sql(statement)
    return totals
