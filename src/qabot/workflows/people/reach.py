"""Who is in reach on a chat platform, and what is said of whoever is not: for those who run the service."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement
from sqlmodel import Session, and_, col, func, select

from qabot.adapter import OutOfReach
from qabot.models import Account, AccountClash, Notice, NoticeState, Person
from qabot.models.columns import alphabetical

LANES = ("alert", "due", "news")


def out_of_reach(adapter: str, words: OutOfReach) -> ColumnElement[bool]:
    """Which people a platform is not known to reach."""
    reached = select(Account.person_id).where(Account.adapter == adapter, col(Account.reachable))
    if words.no_chat:
        reached = reached.where(col(Account.conversation).is_not(None))
    return col(Person.id).not_in(reached)


def counted(session: Session, adapter: str, words: OutOfReach) -> tuple[int, int]:
    """How many of those who work here a platform is not known to reach, and how many work here."""
    everybody = select(func.count()).select_from(Person).where(col(Person.active))
    return session.exec(everybody.where(out_of_reach(adapter, words))).one(), session.exec(everybody).one()


def standing(words: OutOfReach | None, account: Account | None) -> tuple[bool, str]:
    """Whether an account is known to be reached, and if not, why. `words` are None of a platform that is not set up."""
    if account is None:
        return False, words.no_account if words else ""
    if not account.reachable:
        return False, account.reason
    if words and words.no_chat and account.conversation is None:
        return False, account.reason or words.no_chat
    return True, ""


@dataclass(frozen=True, slots=True)
class Question:
    """Two accounts of which only one can be a person's: `linked` is, "" if none is, and `other` might be."""

    adapter: str
    person: str
    email: str
    linked: str
    other: str
    other_name: str
    why: str

    def command(self, account: str) -> str:
        """What an administrator runs who decides for this account."""
        return f"qabot people account {self.email} {self.adapter} {account}"


def questions(session: Session, adapters: Collection[str]) -> list[Question]:
    """What is asked about the accounts of those who work here, by platform and name."""
    there = and_(col(Account.person_id) == AccountClash.person_id, col(Account.adapter) == col(AccountClash.adapter))
    query = (
        select(AccountClash, Person.name, Person.email, Account.external_id)
        .join(Person, col(Person.id) == AccountClash.person_id)
        .outerjoin(Account, there)
        .where(col(AccountClash.settled_at).is_(None), col(AccountClash.adapter).in_(adapters), col(Person.active))
        .order_by(col(AccountClash.adapter), alphabetical(Person.name), col(AccountClash.external_id))
    )
    return [
        Question(row.adapter, name, email, linked or "", row.external_id, row.name, row.why)
        for row, name, email, linked in session.exec(query)
    ]


class Sought(NamedTuple):
    """Somebody to look up on a platform. `refused` is their account there that is out of reach, "" if there is none."""

    person_id: int
    email: str
    refused: str = ""


def newcomers(session: Session, adapter: str) -> list[Sought]:
    """Who works here and has no account on a platform."""
    known = select(Account.person_id).where(Account.adapter == adapter)
    query = (
        select(Person.id, Person.email).where(col(Person.active), col(Person.id).not_in(known)).order_by(col(Person.id))
    )
    return [Sought(person or 0, email) for person, email in session.exec(query)]


def recipients(session: Session, adapter: str, adapters: Sequence[str], now: datetime, most: int = 500) -> list[Sought]:
    """Who is to be told something by now (UTC) and is in reach on none of `adapters`; whom an alert waits for first."""
    reached = select(Account.person_id).where(col(Account.adapter).in_(adapters), col(Account.reachable))
    there = and_(col(Account.person_id) == Person.id, Account.adapter == adapter)
    query = (
        select(Person.id, Person.email, func.max(Account.external_id), func.min(Notice.lane))
        .join(Notice, col(Notice.recipient_id) == Person.id)
        .outerjoin(Account, there)
        .where(
            Notice.state == NoticeState.planned,
            col(Notice.lane).in_(LANES),
            Notice.not_before <= now,
            col(Notice.carrier_id).is_(None),
            col(Person.active),
            col(Person.id).not_in(reached),
        )
        .group_by(col(Person.id), col(Person.email))
        .order_by(func.min(Notice.lane), col(Person.id))
        .limit(most)
    )
    return [Sought(person or 0, email, refused or "") for person, email, refused, _ in session.exec(query)]
