"""What a directory states otherwise than qabot has it: found, and decided by an administrator, never taken unasked.

Whoever is told something by a directory writes it into its `DirectoryUser` and calls `compare_one`, or `compare` of
many; whatever changes people here calls `follow`. What is accepted is carried out by `qabot.imports.from_directory`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlmodel import col, func, select

from qabot.errors import NotFound
from qabot.models import Difference, DifferenceState, DirectoryUser, Event, Person, Team
from qabot.models.look_up import by_id
from qabot.workflows.core import as_shown
from qabot.workflows.core.unit import Unit

NEW, WORKS = "person", "active"
"""The fields of somebody who is not here, and of somebody who works only here or only there."""
LEFT = "left-by-directory"
"""The event of somebody who left because a directory says so."""
TEXTS = ("name", "email", "employee_id", "team")
"""What a directory states as a text."""
FIELDS = {
    NEW: "Somebody new",
    "name": "Name",
    "email": "E-mail",
    "employee_id": "Employee number",
    "team": "Team",
    "line_manager": "Line manager",
    WORKS: "Works here",
}
"""What can differ, in words."""
YES, GONE_THERE = "Yes", "No, has left"
FEWEST, SHARE = 5, 20
"""So many may leave unasked within a day in any council, and one in so many of those who work there in a larger one."""
SIGN_IN = "sign_in"
"""In what a directory states: the name that somebody signs in with, where it is no address that differs."""
GONE = "This was decided, or is no difference any more. Look at the list again."


@dataclass(frozen=True, slots=True)
class Here:
    """The people and teams of qabot as differences are looked for: by id, and by what they are found by."""

    people: Mapping[int, Person]
    by_email: Mapping[str, int]
    by_number: Mapping[str, int]
    teams: Mapping[int, str]
    bound: dict[tuple[str, int], str]
    """Source and person -> the `uid` of the directory's user who is that person."""
    managers: dict[str, int]
    """The `uid` of somebody who is here -> their person."""

    @classmethod
    def load(cls, unit: Unit) -> "Here":
        """All of it, in three queries."""
        people = {each.id: each for each in unit.session.exec(select(Person))}
        columns = select(DirectoryUser.source, DirectoryUser.uid, DirectoryUser.person_id)
        users = [each for each in unit.session.exec(columns) if each[2] is not None]
        return cls(
            people,
            {each.email.casefold(): number for number, each in people.items()},
            {each.employee_id: number for number, each in people.items() if each.employee_id},
            {each.id: each.name for each in unit.session.exec(select(Team))},
            {(source, person): uid for source, uid, person in users if person is not None},
            {uid: person for _, uid, person in users if person is not None},
        )

    def find(self, user: DirectoryUser) -> int | None:
        """Who this user is here: by address, then by employee number, unless somebody else of the directory is."""
        if user.person_id in self.people:
            return user.person_id
        by_number = self.by_number.get(user.stated.get("employee_id", ""))
        names = user.stated.get("email", ""), user.stated.get(SIGN_IN, ""), user.user_name
        for match in (*map(self.by_email.get, names), by_number):
            if match is not None and self.bound.get((user.source, match), user.uid) == user.uid:
                return match
        return None

    def bind(self, user: DirectoryUser) -> int | None:
        """Who this user is here, who from now on is nobody else's of the directory."""
        match = self.find(user)
        if match is not None:
            user.person_id = match
            self.bound[user.source, match], self.managers[user.uid] = user.uid, match
        return match


def compare_one(unit: Unit, user: DirectoryUser) -> None:
    """Look for differences anew after a directory has stated something of this user."""
    unit.session.add(user)
    compare(unit, [user])
    theirs = select(DirectoryUser).where(DirectoryUser.manager_uid == user.uid, col(DirectoryUser.id) != user.id)
    if reports := unit.session.exec(theirs).all():
        compare(unit, reports)


def compare(unit: Unit, users: Sequence[DirectoryUser]) -> None:
    """Look for differences of these users anew, who are in the session."""
    unit.session.flush()
    here, rows = Here.load(unit), _rows(unit, users)
    for user in users:
        here.bind(user)
    for user in users:
        differ = _differing(here, user)
        for field in FIELDS:
            _note(unit, user, field, rows.get((user.id, field)), differ.get(field))
    unit.session.flush()


def follow(unit: Unit) -> None:
    """Look for differences anew after people have changed here: what is the same by now is none any more."""
    users = unit.session.exec(select(DirectoryUser).order_by(col(DirectoryUser.id))).all()
    if users:
        compare(unit, users)


def may_leave(unit: Unit, user: DirectoryUser) -> bool:
    """Whether this user may leave unasked: not after many others within a day, nor once it was somebody's to decide.

    A directory from which many are gone at once may have been set up wrongly.
    """
    of_it = Difference.user_id == user.id, Difference.field == WORKS, col(Difference.since) < unit.now
    if unit.session.exec(select(Difference.id).where(*of_it)).first() is not None:
        return False
    since = unit.now - timedelta(days=1)
    left = select(func.count()).select_from(Event).where(Event.what == LEFT, col(Event.at) > since)
    here = select(func.count()).select_from(Person).where(col(Person.active))
    return unit.session.exec(left).one() < max(FEWEST, unit.session.exec(here).one() // SHARE)


def hold(unit: Unit, user: DirectoryUser) -> None:
    """Have somebody who has left in a directory stay here until an administrator accepts it."""
    compare_one(unit, user)
    row = _rows(unit, [user])[user.id, WORKS]
    if row.since == unit.now:
        _tell(unit, user, WORKS)


def asked(unit: Unit) -> set[int]:
    """The users of whom somebody has been asked whether they have left, and may have said no."""
    left = Difference.field == WORKS, Difference.stated == GONE_THERE, Difference.state != DifferenceState.accepted
    return set(unit.session.exec(select(Difference.user_id).where(*left)))


def forget_others(unit: Unit, source: str) -> None:
    """One directory at a time: what any other had stated goes, with what differed."""
    for user in unit.session.exec(select(DirectoryUser).where(DirectoryUser.source != source)).all():
        forget(unit, user)


def forget(unit: Unit, user: DirectoryUser) -> None:
    """A directory has taken this user out: what it stated of them goes, with what differed."""
    for row in _rows(unit, [user]).values():
        unit.session.delete(row)
    unit.session.flush()
    unit.session.delete(user)
    unit.session.flush()


def waiting(unit: Unit) -> tuple[int, int]:
    """How many differences are open, and how many of them are of people who have left in the directory and not here."""
    is_open = Difference.state == DifferenceState.open
    leaves = is_open, Difference.field == WORKS, Difference.stated == GONE_THERE
    every = select(func.count()).select_from(Difference)
    return unit.session.exec(every.where(is_open)).one(), unit.session.exec(every.where(*leaves)).one()


def shown(unit: Unit, skip: int, limit: int) -> tuple[int, Sequence[tuple[Difference, DirectoryUser]]]:
    """How many differences are open, and so many of them in the order in which they came."""
    is_open = Difference.state == DifferenceState.open
    total = unit.session.exec(select(func.count()).select_from(Difference).where(is_open)).one()
    query = select(Difference, DirectoryUser).join(DirectoryUser, col(DirectoryUser.id) == col(Difference.user_id))
    rows = unit.session.exec(query.where(is_open).order_by(col(Difference.id)).offset(skip).limit(limit))
    return total, rows.all()


def named(row: Difference) -> str:
    """What a page calls a difference that it shows: a reading may put another in its place while the page is open."""
    return as_shown.marked(str(row.id), [row.user_id, row.field, row.known, row.stated])


def chosen(unit: Unit, names: Sequence[str]) -> list[tuple[Difference, DirectoryUser]]:
    """Open differences by their names, each with its user. Raises `NotFound` if one is open no more, or another one."""
    rows = {each: unit.session.get(Difference, int(as_shown.parted(each)[0])) for each in names}
    same = [row for name, row in rows.items() if row is not None and named(row) == name]
    open_rows = [row for row in same if row.state == DifferenceState.open]
    if not open_rows or len(open_rows) != len(rows):
        raise NotFound(GONE)
    return [(each, unit.session.get_one(DirectoryUser, each.user_id)) for each in open_rows]


def decide(unit: Unit, row: Difference, user: DirectoryUser, state: DifferenceState, *, by: int) -> None:
    """Note what an administrator has decided. A declined one comes back when the directory states something else."""
    row.state, row.decided_at, row.decided_by_id = state, unit.now, by
    unit.session.add(row)
    subject = ("person", user.person_id) if user.person_id is not None else None
    accepted = state == DifferenceState.accepted
    what = FIELDS[row.field]
    unit.event("difference-accepted" if accepted else "difference-declined", actor=by, subject=subject, fields=what)


def _rows(unit: Unit, users: Iterable[DirectoryUser]) -> dict[tuple[int, str], Difference]:
    numbers = [each.id for each in users]
    query = select(Difference)
    if len(numbers) == 1:
        query = query.where(Difference.user_id == numbers[0])
    return {(each.user_id, each.field): each for each in unit.session.exec(query)}


def _differing(here: Here, user: DirectoryUser) -> dict[str, tuple[str, str]]:
    """Field -> what is here, what the directory states."""
    person = by_id(here.people, user.person_id)
    if not user.active:
        return {WORKS: (YES, GONE_THERE)} if person is not None and person.active else {}
    if person is None:
        return {NEW: ("", _said(here, user))}
    if not person.active:
        return {WORKS: (GONE_THERE, YES)}
    known, stated = _known(here, person), _stated(here, user)
    return {field: (known[field], stated[field]) for field in stated if known[field] != stated[field]}


def _known(here: Here, person: Person) -> dict[str, str]:
    manager = by_id(here.people, person.line_manager_id)
    return {
        "name": person.name,
        "email": person.email.casefold(),
        "employee_id": person.employee_id or "",
        "team": by_id(here.teams, person.team_id, ""),
        "line_manager": manager.email.casefold() if manager is not None else "",
    }


def _stated(here: Here, user: DirectoryUser) -> dict[str, str]:
    """What a directory states that can be looked at: a team that is one here, a manager who is here."""
    teams = {each.casefold(): each for each in here.teams.values()}
    stated = {field: user.stated[field] for field in TEXTS if user.stated.get(field)}
    if "team" in stated:
        stated["team"] = teams.get(stated["team"].casefold(), "")
    manager = here.people.get(here.managers.get(user.manager_uid or "", 0))
    if manager is not None and manager.id != user.person_id:
        stated["line_manager"] = manager.email.casefold()
    return {field: text for field, text in stated.items() if text}


def stated_of(unit: Unit, user: DirectoryUser) -> dict[str, str]:
    """The same, for whoever carries out what was accepted."""
    return _stated(Here.load(unit), user)


def _said(here: Here, user: DirectoryUser) -> str:
    """Somebody new in a line."""
    stated = _stated(here, user)
    parts = [f"{FIELDS[field].lower()} {stated[field]}" for field in FIELDS if field in stated and field != "name"]
    return ", ".join([stated.get("name", user.user_name), *parts])


def _note(unit: Unit, user: DirectoryUser, field: str, row: Difference | None, pair: tuple[str, str] | None) -> None:
    if pair is None:
        if row is not None and row.state != DifferenceState.accepted:
            unit.session.delete(row)
        return
    known, stated = pair
    # Whoever has left there has left here in the next moment, unless `hold` says otherwise.
    leaves = field == WORKS and not user.active
    if row is None:
        row = Difference(user_id=user.id, field=field, known=known, stated=stated, since=unit.now)
        if not leaves:
            _tell(unit, user, field)
    elif row.stated != stated or row.state == DifferenceState.accepted:
        if not leaves:
            _tell(unit, user, field)
        row.since, row.state, row.decided_at, row.decided_by_id = unit.now, DifferenceState.open, None, None
    row.known, row.stated = known, stated
    unit.session.add(row)


def _tell(unit: Unit, user: DirectoryUser, field: str) -> None:
    subject = ("person", user.person_id) if user.person_id is not None else None
    unit.event("difference-found", subject=subject, fields=FIELDS[field])
