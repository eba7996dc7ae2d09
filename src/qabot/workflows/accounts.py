"""Accounts in chats: who is who, linking by verified e-mail, and who cannot be reached."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import update
from sqlmodel import Session, col, select

from qabot.adapter import Address, DirectoryEntry, Press, Reply, Say, Who
from qabot.messaging.card import Button, Card
from qabot.models import Account, PendingLink, Person
from qabot.planning.directory import Staff
from qabot.workflows import draw
from qabot.workflows.unit import Unit

LINK = "link"
WEB = "web"
OFFER_LASTS = timedelta(minutes=30)
STRANGER = "We do not know this account yet. Please ask the QA service to add you, then try again."
OUTSIDE = "qabot is only for members of this council's own workspace."


def person_of(session: Session, adapter: str, external_id: str) -> int | None:
    """The person linked to an account. The web inbox's accounts are the people themselves."""
    if adapter == WEB:
        return int(external_id) if external_id.isdecimal() else None
    query = select(Account.person_id).where(Account.adapter == adapter, Account.external_id == external_id)
    return session.exec(query).first()


def identify(unit: Unit, who: Who) -> Staff | None:
    """The member of staff who pressed, or None."""
    if not who.trusted:
        return None
    return unit.directory.person(person_of(unit.session, who.adapter, who.external_id))


def offer(unit: Unit, who: Who, press: Press) -> Reply:
    """Somebody unknown: offer to link by the verified e-mail, and keep what they pressed."""
    if not who.trusted:
        unit.event("stranger-refused", why=who.adapter)
        return Say(OUTSIDE)
    person = _by_email(unit, who.email)
    if person is None:
        unit.event("stranger", why=who.adapter)
        return Say(STRANGER)
    row = PendingLink(
        adapter=who.adapter, external_id=who.external_id, person_id=person.id, made_at=unit.now,
        press={"action": press.action, "token": press.token},
    )  # fmt: skip
    unit.session.add(row)
    unit.session.flush()
    card = draw.Drawing(unit).system("link-offer", person.id)
    linked = Card(
        title=card.title, summary=card.summary, blocks=card.blocks, message=card.message,
        buttons=(Button(LINK, f"Yes, I am {person.name}", row.token, "primary"),),
    )  # fmt: skip
    return Say(card.summary, linked)


def welcome(unit: Unit, who: Who) -> Card:
    """A home tab for somebody who is not linked yet."""
    reply = offer(unit, who, Press(who, ""))
    if isinstance(reply, Say) and reply.card is not None:
        return reply.card
    return Card(title="qabot", summary=reply.text if isinstance(reply, Say) else STRANGER)


def link(unit: Unit, who: Who, token: str) -> Press | None:
    """Link the account that an offer was made to, once; returns what was pressed before, None if the offer is gone."""
    row = unit.session.exec(select(PendingLink).where(PendingLink.token == token)).first()
    person = _by_email(unit, who.email)
    fits = row is not None and (row.adapter, row.external_id) == (who.adapter, who.external_id)
    if row is None or not fits or person is None or person.id != row.person_id or not who.trusted:
        return None
    if row.used_at is None and unit.now - row.made_at > OFFER_LASTS:
        return None
    row.used_at = row.used_at or unit.now
    unit.session.add(row)
    _keep(unit, who.adapter, person.id, who.external_id, who.conversation, dict(who.details))
    return Press(who, str(row.press["action"]), str(row.press["token"]))


def meet(unit: Unit, adapter: str, entries: Sequence[DirectoryEntry]) -> int:
    """Link everybody in a platform's directory whose verified e-mail we know; mark who was deactivated there.

    The e-mail says whose an account is; an account without one that we know stays with whom it was linked to.
    """
    new = 0
    for entry in entries:
        if not entry.active:
            leave(unit, adapter, entry.external_id, "The account was deactivated.")
            continue
        known = person_of(unit.session, adapter, entry.external_id)
        person = _by_email(unit, entry.email) or unit.directory.person(known)
        if person is not None:
            new += _keep(unit, adapter, person.id, entry.external_id, entry.conversation, dict(entry.details))
    return new


def leave(unit: Unit, adapter: str, external_id: str, reason: str) -> None:
    """Note that an account cannot be reached any more, and why. The chat with it counts as gone."""
    statement = (
        update(Account)
        .where(col(Account.adapter) == adapter, col(Account.external_id) == external_id, col(Account.reachable))
        .values(reachable=False, reason=reason, conversation=None)
        .execution_options(synchronize_session=False)
    )
    if unit.changed(statement):
        person = person_of(unit.session, adapter, external_id)
        unit.event("account-lost", subject=("person", person or 0), why=reason, adapter=adapter)


def address(session: Session, adapter: str, external_id: str) -> Address | None:
    """What is kept of an account."""
    query = select(Account).where(Account.adapter == adapter, Account.external_id == external_id)
    row = session.exec(query).first()
    return as_address(row) if row is not None else None


def as_address(row: Account) -> Address:
    """An account as adapters know it."""
    details = {name: str(value) for name, value in row.details.items()}
    return Address(row.person_id, row.external_id, row.conversation, details)


def _by_email(unit: Unit, email: str | None) -> Staff | None:
    if not email:
        return None
    wanted = email.strip().lower()
    row = unit.session.exec(select(Person.id).where(col(Person.email) == wanted)).first()
    return unit.directory.person(row)


def _take_away(unit: Unit, adapter: str, external_id: str, person_id: int) -> None:
    query = select(Account).where(
        Account.adapter == adapter, Account.external_id == external_id, Account.person_id != person_id
    )
    for row in unit.session.exec(query).all():
        unit.event("account-lost", subject=("person", row.person_id), why="It is somebody else's now.", adapter=adapter)
        unit.session.delete(row)
    # The key is unique: the old row has to go before the new one comes.
    unit.session.flush()


def _keep(
    unit: Unit, adapter: str, person_id: int, external_id: str, conversation: str | None, details: dict[str, str]
) -> bool:
    """Keep an account; True if the link is new. One that was somebody else's is theirs no longer."""
    query = select(Account).where(Account.adapter == adapter, Account.person_id == person_id)
    row = unit.session.exec(query).first()
    new = row is None or row.external_id != external_id or not row.reachable
    if new:
        _take_away(unit, adapter, external_id, person_id)
    if row is None:
        row = Account(person_id=person_id, adapter=adapter, external_id=external_id, linked_at=unit.now)
    row.external_id = external_id
    row.conversation = conversation or row.conversation
    row.details = {**row.details, **details}
    # A directory knows the person, and not whether a message would come through: why the last one did not still stands.
    row.reachable, row.reason = True, "" if row.conversation else row.reason
    unit.session.add(row)
    if new:
        unit.session.flush()
        unit.event("account-linked", subject=("person", person_id), adapter=adapter)
    return new
