"""Which account signs in whom: bound once, to whoever has its verified address, and from then on by the account alone.

An address can be given to somebody else, or be written into an account by whoever looks after it; an account's own id
cannot. So the address finds a person once, and never again.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlmodel import Session, col, func, select

from qabot.errors import BadRequest
from qabot.models import Event, Identity, IdentityClash, Person
from qabot.workflows.core.as_shown import marked

Outcome = Literal["known", "bound", "unknown", "left", "clash", "settled", "twofold"]


@dataclass(frozen=True, slots=True)
class Shown:
    """An account that is somebody's, or claims to be."""

    id: int
    issuer: str
    subject: str
    since: datetime

    @property
    def name(self) -> str:
        """What a page calls it: another may be asked about by its number while that page is open."""
        return marked(str(self.id), [self.issuer, self.subject])


def recognise(
    session: Session, issuer: str, subject: str, addresses: Collection[str], now: datetime
) -> tuple[Outcome, int | None]:
    """Who signs in with this account: the one it is bound to, or, the first time, whoever has one of its addresses.

    `addresses` are verified by the issuer, in small letters; `now` is UTC. What came of it, and the person's id if they
    are known; a clash is kept for an administrator.
    """
    bound = session.exec(select(Identity).where(Identity.issuer == issuer, Identity.subject == subject)).first()
    if bound is not None:
        return ("known" if session.get_one(Person, bound.person_id).active else "left"), bound.person_id
    people = session.exec(select(Person).where(func.lower(Person.email).in_(list(addresses)))).all()
    if len(people) != 1:
        return ("twofold" if people else "unknown"), None
    person = people[0]
    if not person.active:
        return "left", person.id
    held = session.exec(select(Identity.id).where(Identity.person_id == person.id)).first()
    if held is not None or ((known := _clash(session, issuer, subject)) is not None and known.settled_at is not None):
        return _contest(session, person.id, issuer, subject, now), person.id
    _bind(session, person.id, issuer, subject, now)
    return "bound", person.id


def _contest(session: Session, person_id: int, issuer: str, subject: str, now: datetime) -> Outcome:
    """A second account with an address that has found its person before."""
    known = _clash(session, issuer, subject)
    if known is None:
        session.add(IdentityClash(person_id=person_id, issuer=issuer, subject=subject, since=now))
        session.add(Event(at=now, what="identity-clash", actor_id=None, subject_type="person", subject_id=person_id))
        return "clash"
    if known.settled_at is not None and known.person_id == person_id:
        return "settled"
    if known.person_id != person_id:
        known.person_id, known.since, known.settled_at = person_id, now, None
        session.add(Event(at=now, what="identity-clash", actor_id=None, subject_type="person", subject_id=person_id))
    return "clash"


def of(session: Session, person_id: int) -> list[Shown]:
    """The accounts that are somebody's."""
    rows = session.exec(select(Identity).where(Identity.person_id == person_id).order_by(Identity.issuer)).all()
    return [Shown(each.id, each.issuer, each.subject, each.bound_at) for each in rows]


def has_one(session: Session, person_id: int) -> bool:
    """Whether somebody has signed in with an account of theirs before."""
    return session.exec(select(Identity.id).where(Identity.person_id == person_id)).first() is not None


def asked(session: Session, person_id: int | None = None) -> list[tuple[int, Shown]]:
    """The accounts about which somebody must decide, with whose they claim to be; of one person, or of all."""
    query = select(IdentityClash).join(Person, col(Person.id) == IdentityClash.person_id)
    query = query.where(col(IdentityClash.settled_at).is_(None), col(Person.active))
    if person_id is not None:
        query = query.where(IdentityClash.person_id == person_id)
    rows = session.exec(query.order_by(col(IdentityClash.since))).all()
    return [(each.person_id, _shown(each)) for each in rows]


def accept(session: Session, person_id: int, name: str, now: datetime, by: int) -> None:
    """This account, by its `name`, is the person's from now on, in place of the one of the same issuer.

    Raises `BadRequest` if it is not asked about any more.
    """
    clash = _open_clash(session, person_id, name)
    for each in session.exec(select(Identity).where(Identity.person_id == person_id, Identity.issuer == clash.issuer)):
        session.delete(each)
    session.delete(clash)
    session.flush()
    _bind(session, person_id, clash.issuer, clash.subject, now, by)


def refuse(session: Session, person_id: int, name: str, now: datetime, by: int) -> None:
    """This account is not the person's. Raises `BadRequest` if it is not asked about any more."""
    _open_clash(session, person_id, name).settled_at = now
    session.add(Event(at=now, what="identity-refused", actor_id=by, subject_type="person", subject_id=person_id))


def forget(session: Session, person_id: int, now: datetime, by: int) -> int:
    """No account is the person's any more: the next first sign-in with their address binds anew. How many there were.

    What was decided against their other accounts is forgotten with it.
    """
    rows = session.exec(select(Identity).where(Identity.person_id == person_id)).all()
    clashes = session.exec(select(IdentityClash).where(IdentityClash.person_id == person_id)).all()
    for each in (*rows, *clashes):
        session.delete(each)
    if rows:
        session.add(Event(at=now, what="identity-forgotten", actor_id=by, subject_type="person", subject_id=person_id))
    return len(rows)


def _bind(
    session: Session, person_id: int, issuer: str, subject: str, now: datetime, accepted_by_id: int | None = None
) -> None:
    session.add(
        Identity(person_id=person_id, issuer=issuer, subject=subject, bound_at=now, accepted_by_id=accepted_by_id)
    )
    session.add(
        Event(
            at=now,
            what="identity-bound",
            actor_id=accepted_by_id or person_id,
            subject_type="person",
            subject_id=person_id,
        )
    )
    session.flush()


def _clash(session: Session, issuer: str, subject: str) -> IdentityClash | None:
    query = select(IdentityClash).where(IdentityClash.issuer == issuer, IdentityClash.subject == subject)
    return session.exec(query).first()


def _open_clash(session: Session, person_id: int, name: str) -> IdentityClash:
    waiting = select(IdentityClash).where(IdentityClash.person_id == person_id, col(IdentityClash.settled_at).is_(None))
    for each in session.exec(waiting):
        if _shown(each).name == name:
            return each
    raise BadRequest("This was decided meanwhile. Nothing was changed.")


def _shown(clash: IdentityClash) -> Shown:
    return Shown(clash.id, clash.issuer, clash.subject, clash.since)
