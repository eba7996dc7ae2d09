"""Accounts in chats: who is who, linking by verified e-mail, and who cannot be reached."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import Session, col, select

from qabot.adapter import Address, DirectoryEntry, Press, Reply, Say, Who
from qabot.errors import NotFound
from qabot.messaging.card import Button, Card, Paragraph, text
from qabot.models import Account, AccountClash, PendingLink
from qabot.models.rows import AccountRow
from qabot.planning.directory import Staff
from qabot.workflows.cards import draw
from qabot.workflows.core.unit import Unit
from qabot.workflows.people.links import SECOND, Links

LINK = "link"
WEB = "web"
OFFER_LASTS = timedelta(minutes=30)
AGAIN_AFTER = timedelta(days=1)
"""After which somebody whom a platform refused is written to there once more."""
GONE = "The account was deactivated there, or made a guest's."
STRANGER = "We do not know this account yet. Please ask {quality} to add you, then try again."
OUTSIDE = "qabot is only for members of this council's own workspace."


def person_of(session: Session, adapter: str, external_id: str) -> int | None:
    """The person linked to an account. The web inbox's accounts are the people themselves."""
    if adapter == WEB:
        return int(external_id) if external_id.isdecimal() else None
    query = select(Account.person_id).where(Account.adapter == adapter, Account.external_id == external_id)
    return session.exec(query).first()


def identify(unit: Unit, who: Who) -> Staff | None:
    """The member of staff who pressed, or None. Whoever uses an account is in reach there."""
    if not who.trusted:
        return None
    if who.adapter == WEB:
        return unit.directory.person(person_of(unit.session, WEB, who.external_id))
    row = _account(unit.session, who.adapter, who.external_id)
    staff = unit.directory.person(row.person_id) if row is not None else None
    if row is not None and staff is not None:
        _keep_in_reach(unit, row, who)
    return staff


def _keep_in_reach(unit: Unit, row: Account, who: Who) -> None:
    moved = who.conversation is not None and who.conversation != row.conversation
    if row.reachable and not moved:
        return
    if not row.reachable:
        unit.event("account-back", subject=("person", row.person_id), adapter=row.adapter)
    row.reachable, row.reason, row.lost_at = True, "", None
    row.conversation = who.conversation or row.conversation
    row.details = {**row.details, **who.details}
    unit.session.add(row)


def offer(unit: Unit, who: Who, press: Press) -> Reply:
    """Somebody unknown: offer to link by the verified e-mail, and keep what they pressed."""
    if not who.trusted:
        unit.event("stranger-refused", why=who.adapter)
        return Say(OUTSIDE)
    person = Links(unit, who.adapter).owner(who.email, *who.aliases)
    if person is None:
        unit.event("stranger", why=who.adapter)
        return Say(STRANGER.format(quality=unit.framework.quality))
    row = PendingLink(
        adapter=who.adapter,
        external_id=who.external_id,
        person_id=person.id,
        made_at=unit.now,
        press={"action": press.action, "token": press.token},
    )
    unit.session.add(row)
    unit.session.flush()
    card = draw.Drawing(unit).system("link-offer", person.id)
    linked = Card(
        title=card.title,
        summary=card.summary,
        blocks=card.blocks,
        message=card.message,
        buttons=(Button(LINK, f"Yes, I am {person.name}", row.token, "primary"),),
    )
    return Say(card.summary, linked)


def welcome(unit: Unit, who: Who) -> Card:
    """A home tab for somebody who is not linked yet."""
    reply = offer(unit, who, Press(who, ""))
    if isinstance(reply, Say) and reply.card is not None:
        return reply.card
    said = reply.text if isinstance(reply, Say) else STRANGER.format(quality=unit.framework.quality)
    return Card(title="qabot", summary=said, blocks=(Paragraph(text(said)),))


def link(unit: Unit, who: Who, token: str) -> Press | None:
    """Link the account that an offer was made to, once; returns what was pressed before, None if the offer is gone."""
    row = unit.session.exec(select(PendingLink).where(PendingLink.token == token)).first()
    links = Links(unit, who.adapter)
    person = links.owner(who.email, *who.aliases)
    fits = row is not None and (row.adapter, row.external_id) == (who.adapter, who.external_id)
    if row is None or not fits or person is None or person.id != row.person_id or not who.trusted:
        return None
    if row.used_at is None and unit.now - row.made_at > OFFER_LASTS:
        return None
    row.used_at = row.used_at or unit.now
    unit.session.add(row)
    links.give(person, DirectoryEntry(who.external_id, who.email, who.name, True, who.conversation, who.details))
    return Press(who, str(row.press["action"]), str(row.press["token"]))


def meet(unit: Unit, adapter: str, entries: Sequence[DirectoryEntry], *, whole: bool = False) -> int:
    """Link everybody in a reading of a platform's directory whose verified e-mail we know; the number of new links.

    Who was deactivated there is marked first. `whole`: whoever is not among the entries has no account there.
    """
    linked = set(unit.session.exec(select(Account.external_id).where(Account.adapter == adapter)))
    for entry in entries:
        if not entry.active and entry.external_id in linked:
            leave(unit, adapter, entry.external_id, GONE, gone=True)
    return Links(unit, adapter).read(entries, whole=whole)


def leave(unit: Unit, adapter: str, external_id: str, reason: str, *, gone: bool = False) -> bool:
    """Note that an account cannot be reached, and why. The chat with it counts as gone.

    True if its person is reached at another account from now on.

    `gone`: the account was deactivated, or has removed the app, and comes back by itself. Else a message was refused,
    and it is tried again after a day.
    """
    row = _account(unit.session, adapter, external_id)
    if row is None:
        return False
    if row.reachable:
        unit.event("account-lost", subject=("person", row.person_id), why=reason, adapter=adapter)
    row.reachable, row.reason, row.conversation = False, reason, None
    row.lost_at = None if gone else unit.now
    unit.session.add(row)
    return _take_the_other(unit, row, gone)


def _take_the_other(unit: Unit, lost: Account, gone: bool) -> bool:
    """Somebody whose account is lost, and who was known to have another, has that one: True if so.

    After a refusal, which may pass, only if they have used it.
    """
    query = select(AccountClash).where(
        AccountClash.person_id == lost.person_id,
        AccountClash.adapter == lost.adapter,
        AccountClash.why == SECOND,
        col(AccountClash.settled_at).is_(None),
    )
    others = [each for each in unit.session.exec(query) if gone or each.conversation]
    staff = unit.directory.person(lost.person_id)
    if staff is None or len(others) != 1:
        return False
    Links(unit, lost.adapter).give(staff, _entry(others[0]))
    return True


def _entry(clash: AccountClash) -> DirectoryEntry:
    details = {name: str(value) for name, value in clash.details.items()}
    return DirectoryEntry(clash.external_id, None, clash.name, True, clash.conversation, details)


def decide(unit: Unit, adapter: str, person_id: int, external_id: str) -> None:
    """An administrator says which account is a person's, of the one that is linked and those that are asked about.

    The others are not asked about again. Raises `NotFound` if it is none of these.
    """
    query = select(AccountClash).where(AccountClash.adapter == adapter, AccountClash.person_id == person_id)
    known = {each.external_id: _entry(each) for each in unit.session.exec(query)}
    of_person = (Account.adapter == adapter, Account.person_id == person_id)
    for linked in unit.session.exec(select(Account.external_id, Account.conversation).where(*of_person)):
        known[linked[0]] = DirectoryEntry(linked[0], None, conversation=linked[1])
    staff = unit.directory.person(person_id)
    if staff is None or external_id not in known:
        choice = " or ".join(sorted(known)) or "none"
        raise NotFound(f"{external_id} is no account in {adapter} that could be this person's. There is: {choice}.")
    holder, chosen = person_of(unit.session, adapter, external_id), known.pop(external_id)
    Links(unit, adapter).give(staff, chosen)
    unit.session.flush()
    against = [(person_id, each) for each in known.values()]
    if holder is not None and holder != person_id:
        against.append((holder, chosen))
    for person, entry in against:
        _decide_against(unit, adapter, person, entry)
    unit.event("account-decided", subject=("person", person_id), why=external_id, adapter=adapter)


def _decide_against(unit: Unit, adapter: str, person: int, entry: DirectoryEntry) -> None:
    of_account = (AccountClash.adapter == adapter, AccountClash.external_id == entry.external_id)
    query = select(AccountClash).where(AccountClash.person_id == person, *of_account)
    row = unit.session.exec(query).first() or AccountClash(
        person_id=person, adapter=adapter, external_id=entry.external_id, why=SECOND, since=unit.now
    )
    row.name, row.settled_at = entry.name or row.name, unit.now
    unit.session.add(row)


def reached(unit: Unit, adapter: str, external_id: str, conversation: str) -> None:
    """A message has come through: keep its chat. The person is in reach."""
    unit.session.execute(
        update(Account)
        .where(col(Account.adapter) == adapter, col(Account.external_id) == external_id)
        .values(conversation=conversation, reachable=True, reason="", lost_at=None)
        .execution_options(synchronize_session=False)
    )


def tried(row: AccountRow, now: datetime) -> bool:
    """Whether a message may go to this account: it is in reach, or was refused so long ago that it is tried again."""
    return row.reachable or (row.lost_at is not None and now - row.lost_at >= AGAIN_AFTER)


def _account(session: Session, adapter: str, external_id: str) -> Account | None:
    query = select(Account).where(Account.adapter == adapter, Account.external_id == external_id)
    return session.exec(query).first()


def address(session: Session, adapter: str, external_id: str) -> Address | None:
    """What is kept of an account."""
    row = _account(session, adapter, external_id)
    return as_address(row) if row is not None else None


def as_address(row: AccountRow) -> Address:
    """An account as adapters know it."""
    details = {name: str(value) for name, value in row.details.items()}
    return Address(row.person_id, row.external_id, row.conversation, details)
