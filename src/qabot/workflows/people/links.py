"""Which account of a chat is whose: what a reading of its directory comes to.

An account is its address's: that of the one person here who has it. A link is kept while it stands:

    linked account                          another active account with the person's address
    in the same reading, and active         is asked about, and takes nothing
    not in it, and a chat has begun         is asked about, unless the reading is whole: then the old one is gone
    not in it, and no chat has begun        takes the link
    not in reach                            takes the link

What is asked about is an `AccountClash`, for an administrator. A link that goes to another account takes nothing of the
old one's chat with it.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cached_property

from sqlmodel import col, or_, select

from qabot.adapter import DirectoryEntry
from qabot.models import Account, AccountClash
from qabot.planning.directory import Staff
from qabot.workflows.core import in_turn
from qabot.workflows.core.unit import Unit
from qabot.workflows.people import welcomes

SECOND = "It has this person's address too, and another account is linked."
OF_TWO = "It has the addresses of two people here, and is linked to the other one."
MOVED = "It was linked to this person and in use, and its address is now somebody else's here."
SHARED = "Two people here have its address."
SOMEBODY_ELSES = "It is somebody else's now."
FEW = 100
"""With how many entries the rows of those alone are read."""


def normal(address: str) -> str:
    """An e-mail address as it is compared: its letters' case and width, and the space around it, do not matter."""
    return unicodedata.normalize("NFKC", address).strip().casefold()


class Links:
    """The links to one platform, as a transaction changes them."""

    def __init__(self, unit: Unit, adapter: str) -> None:
        self.unit = unit
        self.adapter = adapter
        query = select(AccountClash).where(AccountClash.adapter == adapter)
        self._clashes = {(each.person_id, each.external_id): each for each in unit.session.exec(query)}
        self._asked: set[tuple[int, str]] = set()
        self._by_person: dict[int, Account] = {}
        self._by_account: dict[str, Account] = {}

    @cached_property
    def _owners(self) -> Mapping[str, Sequence[Staff]]:
        owners = defaultdict(list)
        for staff in self.unit.directory.people.values():
            if staff.active and staff.email:
                owners[normal(staff.email)].append(staff)
        return owners

    def owners(self, *addresses: str | None) -> Sequence[Staff]:
        """Who works here under the first of these addresses that is anybody's."""
        return next((staff for each in addresses if each and (staff := self._owners.get(normal(each)))), ())

    def owner(self, *addresses: str | None) -> Staff | None:
        """The one person whom these addresses name."""
        owners = self.owners(*addresses)
        return owners[0] if len(owners) == 1 else None

    def read(self, entries: Sequence[DirectoryEntry], *, whole: bool) -> int:
        """Link whom a reading of the directory names; how many links are new. A part of one unlinks nobody."""
        active = [each for each in entries if each.active]
        if len(active) <= FEW:
            # Whoever installs the app and writes to it in one moment comes by several ways at once.
            for number in sorted({each.id for entry in active for each in self.owners(entry.email, *entry.aliases)}):
                in_turn.take(self.unit.session, ("person", number))
        self._load(active)
        active.sort(key=self._rank)
        here = {each.external_id: each for each in active}
        new = sum(self._meet(each, here, whole) for each in active)
        self._forget({each.external_id for each in entries}, whole)
        return new

    def give(self, staff: Staff, entry: DirectoryEntry) -> None:
        """Link this account to this person, whatever was linked: somebody who may has decided it."""
        self._load([entry], staff.id)
        self._give(staff, entry)
        for clash in [each for each in self._clashes.values() if each.person_id == staff.id]:
            self.unit.session.delete(clash)

    def _load(self, entries: Sequence[DirectoryEntry], person: int | None = None) -> None:
        query = select(Account).where(Account.adapter == self.adapter)
        if len(entries) <= FEW:
            people = {each.id for entry in entries for each in self.owners(entry.email, *entry.aliases)} | {person}
            accounts = [each.external_id for each in entries]
            query = query.where(or_(col(Account.person_id).in_(people), col(Account.external_id).in_(accounts)))
        for row in self.unit.session.exec(query):
            self._by_person[row.person_id] = self._by_account[row.external_id] = row

    def _meet(self, entry: DirectoryEntry, here: Mapping[str, DirectoryEntry], whole: bool) -> bool:
        holder = self._by_account.get(entry.external_id)
        owners = self.owners(entry.email, *entry.aliases)
        if len(owners) > 1 and (holder is None or holder.person_id not in {each.id for each in owners}):
            for staff in owners:
                self._ask(staff, entry, SHARED)
        if len(owners) != 1:
            # Without an address that we know, an account stays with whom it was linked to.
            known = self.unit.directory.person(holder.person_id) if holder else None
            return self._give(known, entry) if known else False
        staff = owners[0]
        if holder is not None and holder.person_id != staff.id:
            if self._is_also_of(entry, holder.person_id) or self._settled(staff.id, entry):
                self._ask(staff, entry, OF_TWO)
                return False
            self._move(holder, entry)
        row = self._by_person.get(staff.id)
        if row is not None and row.external_id != entry.external_id and self._stands(row, entry, here, whole):
            self._ask(staff, entry, SECOND)
            return False
        return self._give(staff, entry)

    def _settled(self, person: int, entry: DirectoryEntry) -> bool:
        """Whether somebody has decided that this account is not this person's."""
        clash = self._clashes.get((person, entry.external_id))
        return clash is not None and clash.settled_at is not None

    def _move(self, row: Account, entry: DirectoryEntry) -> None:
        """The account's address is another person's: what is written there would be read by them. This is said."""
        before = self.unit.directory.person(row.person_id)
        in_use = row.reachable and row.conversation is not None
        self._take_away(row)
        if before is not None and in_use:
            self._ask(before, entry, MOVED)

    def _rank(self, entry: DirectoryEntry) -> tuple[bool, bool]:
        """In which order accounts are met, whatever that of the directory.

        First addresses say more than others; and who is linked already is met before who might be.
        """
        return not self.owners(entry.email), entry.external_id not in self._by_account

    def _is_also_of(self, entry: DirectoryEntry, person: int) -> bool:
        holder = self.unit.directory.person(person)
        return holder is not None and normal(holder.email) in {normal(each) for each in entry.aliases}

    def _give(self, staff: Staff, entry: DirectoryEntry) -> bool:
        """Link an account; True if the link is new. One that was somebody else's is theirs no longer."""
        row, holder = self._by_person.get(staff.id), self._by_account.get(entry.external_id)
        if holder is not None and holder.person_id != staff.id:
            self._take_away(holder)
        new = row is None or row.external_id != entry.external_id or not row.reachable
        if row is None:
            row = Account(
                person_id=staff.id, adapter=self.adapter, external_id=entry.external_id, linked_at=self.unit.now
            )
        elif row.external_id != entry.external_id:
            # The chat and the rest of the address are the old account's: what is written there would reach nobody.
            self._by_account.pop(row.external_id, None)
            row.external_id, row.conversation, row.details, row.reason = entry.external_id, None, {}, ""
            row.linked_at = self.unit.now
        row.conversation = entry.conversation or row.conversation
        row.details = {**row.details, **entry.details}
        # A directory knows the person, not whether a message would come through: why the last one did not still stands.
        row.reachable, row.lost_at, row.reason = True, None, "" if row.conversation else row.reason
        self._by_person[staff.id] = self._by_account[entry.external_id] = row
        self.unit.session.add(row)
        if new:
            self.unit.session.flush()
            self.unit.event("account-linked", subject=("person", staff.id), adapter=self.adapter)
            welcomes.plan(self.unit, staff)
        return new

    def _stands(self, row: Account, entry: DirectoryEntry, here: Mapping[str, DirectoryEntry], whole: bool) -> bool:
        """Whether a link is kept, now that another account, `entry`, has the person's address."""
        if not row.reachable:
            # What was decided holds through a refusal, which may pass, and not beyond the account itself.
            return row.lost_at is not None and self._settled(row.person_id, entry)
        now = here.get(row.external_id)
        if now is None:
            return row.conversation is not None and not whole
        owners = self.owners(now.email, *now.aliases)
        return not owners or row.person_id in {each.id for each in owners} or self._is_also_of(now, row.person_id)

    def _take_away(self, row: Account) -> None:
        person = ("person", row.person_id)
        self.unit.event("account-lost", subject=person, why=SOMEBODY_ELSES, adapter=self.adapter)
        self.unit.session.delete(row)
        # The key is unique: the old row has to go before the new one comes.
        self.unit.session.flush()
        self._by_person.pop(row.person_id, None)
        self._by_account.pop(row.external_id, None)

    def _ask(self, staff: Staff, entry: DirectoryEntry, why: str) -> None:
        key = (staff.id, entry.external_id)
        self._asked.add(key)
        row = self._clashes.get(key)
        if row is None:
            row = AccountClash(
                person_id=staff.id, adapter=self.adapter, external_id=entry.external_id, why=why, since=self.unit.now
            )
            self._clashes[key] = row
            self.unit.event("account-clash", subject=("person", staff.id), why=why, adapter=self.adapter)
        row.name, row.why = entry.name, why
        row.conversation = entry.conversation or row.conversation
        row.details = {**row.details, **entry.details}
        self.unit.session.add(row)

    def _forget(self, accounts: set[str], whole: bool) -> None:
        """What is no longer so need not be asked about."""
        linked = set(self.unit.session.exec(select(Account.person_id).where(Account.adapter == self.adapter)))
        for key, row in self._clashes.items():
            lost = row.why == MOVED and row.person_id not in linked
            if key not in self._asked and (whole or key[1] in accounts) and not lost:
                self.unit.session.delete(row)
