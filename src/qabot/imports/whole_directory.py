"""A directory that is read as a whole, such as a tenant's or a workspace's, and compared with who works here.

`take` notes what a reading gave and shows what differs; whom it names as gone leaves by `leave`, each in a transaction
of their own, so that one who cannot leave stops nobody else. It is of the whole council: of whoever is not here and in
none of the teams here nothing is kept.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import select

from qabot.adapter import StaffMember
from qabot.errors import BadRequest
from qabot.imports import from_directory
from qabot.imports.from_directory import LONGEST
from qabot.models import ApiToken, DirectoryUser, alone
from qabot.models.look_up import by_id
from qabot.workflows.access import tokens
from qabot.workflows.access.tokens import PROVISIONING
from qabot.workflows.core.unit import Unit
from qabot.workflows.people import differences
from qabot.workflows.people.differences import SIGN_IN, Here

STATED_BY_ITSELF = (
    f"A program states who works here already (SCIM, with a token of the scope {PROVISIONING}). Two directories would "
    "contradict each other. End its token first, or go on with that."
)
NOBODY = "The directory names nobody who works there, so it was not read as it is. Nothing was changed."
STRANGERS = "The directory names nobody who works here. Is it the right one, with the same e-mail addresses?"


@dataclass(frozen=True, slots=True)
class Leaver:
    """Somebody of the directory's who has left there: by its id, what it still says of them, and their name here."""

    id: str
    member: StaffMember | None
    name: str


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of a reading: how many work there, and how many of them here; who has left there and not here."""

    read: int
    here: int
    leavers: tuple[Leaver, ...]


def take(unit: Unit, source: str, staff: Sequence[StaffMember]) -> Taken:
    """Note what a whole reading gave, and show what differs; nobody leaves yet.

    Raises `BadRequest`, and changes nothing, where another directory states people or this reading cannot be right.
    """
    alone.be_alone(unit.session, alone.Work.imports)
    _refuse_two(unit)
    members = {each.id: each for each in staff if each.id}
    working = {each: member for each, member in members.items() if member.active}
    if not working:
        raise BadRequest(NOBODY)
    rows = {row.external_id or "": row for row in _rows(unit, source)}
    here = Here.load(unit)
    # Whoever has a new account is found by it; the old one, which is gone, is nobody then.
    for each, row in rows.items():
        if each not in working and row.person_id is not None:
            here.bound.pop((source, row.person_id), None)
    kept = _kept(unit, here, source, working, rows)
    bound = {user.person_id for user in kept.values() if user.person_id is not None}
    working_here = {each for each, person in here.people.items() if person.active}
    if working_here and not bound & working_here:
        raise BadRequest(STRANGERS)
    differences.forget_others(unit, source)
    _manage(kept, working)
    gone = {each: row for each, row in rows.items() if each not in kept}
    leavers = tuple(_leavers(unit, here, source, gone, members, working_here - bound))
    for user in kept.values():
        unit.session.add(user)
    differences.compare(unit, list(kept.values()))
    return Taken(len(working), len(bound & working_here), leavers)


def leave(unit: Unit, source: str, leaver: Leaver, *, hold: bool = False) -> bool:
    """Whether this leaver has left here now; else it waits for somebody, as it does with `hold`.

    Raises `BadFile` or `BadRequest` where an import could not do it.
    """
    alone.be_alone(unit.session, alone.Work.imports)
    row = next((each for each in _rows(unit, source) if each.external_id == leaver.id), None)
    if row is None and leaver.member is not None:
        row = _new(unit, source, leaver.member)
        Here.load(unit).bind(row)
    if row is None or row.person_id is None:
        return False
    row.active, row.changed_at = False, unit.now
    unit.session.add(row)
    unit.session.flush()
    if hold:
        differences.hold(unit, row)
        return False
    has_left = from_directory.leave(unit, row, by=None)
    if has_left and leaver.member is None:
        differences.forget(unit, row)
    return has_left


def _refuse_two(unit: Unit) -> None:
    for token in unit.session.exec(select(ApiToken)):
        if PROVISIONING in token.scopes and tokens.is_open(unit, token):
            raise BadRequest(STATED_BY_ITSELF)


def _rows(unit: Unit, source: str) -> Sequence[DirectoryUser]:
    return unit.session.exec(select(DirectoryUser).where(DirectoryUser.source == source)).all()


def _new(unit: Unit, source: str, member: StaffMember) -> DirectoryUser:
    row = DirectoryUser(
        source=source, user_name=member.id.casefold(), external_id=member.id, made_at=unit.now, changed_at=unit.now
    )
    row.stated = _stated(member)
    return row


def _stated(member: StaffMember) -> dict[str, str]:
    stated = {
        "name": member.name,
        "email": member.email.casefold() if "@" in member.email else "",
        "employee_id": member.employee_id,
        "team": member.team,
        SIGN_IN: member.sign_in.casefold() if member.sign_in.casefold() != member.email.casefold() else "",
    }
    tidy = {field: " ".join(text.split())[:LONGEST] for field, text in stated.items()}
    return {field: text for field, text in tidy.items() if text}


def _kept(
    unit: Unit,
    here: Here,
    source: str,
    working: Mapping[str, StaffMember],
    rows: Mapping[str, DirectoryUser],
) -> dict[str, DirectoryUser]:
    """Who of them works here, or in a team that is one here; by the directory's id, as it states them now."""
    teams = {each.casefold() for each in here.teams.values()}
    kept = dict[str, DirectoryUser]()
    for each, member in working.items():
        stated = _stated(member)
        row = rows.get(each)
        if row is None:
            # Most of a council is nobody of these: nothing is made of them.
            if not _may_be_here(here, stated) and stated.get("team", "").casefold() not in teams:
                continue
            row = _new(unit, source, member)
        if row.stated != stated or not row.active:
            row.stated, row.active, row.changed_at = stated, True, unit.now
        person = here.people.get(here.bind(row) or 0)
        if (person is not None and person.active) or stated.get("team", "").casefold() in teams:
            kept[each] = row
    return kept


def _may_be_here(here: Here, stated: Mapping[str, str]) -> bool:
    named = stated.get("email", "") in here.by_email or stated.get(SIGN_IN, "") in here.by_email
    return named or stated.get("employee_id", "") in here.by_number


def _manage(kept: Mapping[str, DirectoryUser], working: Mapping[str, StaffMember]) -> None:
    """Say whose manager is whom, of those who are kept."""
    uids = {working[each].email.casefold(): user.uid for each, user in kept.items() if working[each].email}
    for each, user in kept.items():
        user.manager_uid = uids.get(working[each].manager.casefold())


def _leavers(
    unit: Unit,
    here: Here,
    source: str,
    gone: Mapping[str, DirectoryUser],
    members: Mapping[str, StaffMember],
    unseen: Collection[int],
) -> Iterator[Leaver]:
    """Who has left there, and is one of the `unseen`, who work here and were not found to work there.

    Of whoever else is gone nothing is kept, but that an account is closed: who comes back here with it is asked about.
    """
    questions = differences.asked(unit)
    for each, row in gone.items():
        member, person = members.get(each), by_id(here.people, row.person_id)
        if person is not None and person.id in unseen and not (member and member.active):
            if row.id not in questions:
                yield Leaver(each, member, person.name)
        elif member is None or member.active or person is None or person.active:
            differences.forget(unit, row)
    for each, member in members.items():
        stranger = None if member.active or each in gone else here.find(_new(unit, source, member))
        if stranger is not None and stranger in unseen:
            yield Leaver(each, member, here.people[stranger].name)
