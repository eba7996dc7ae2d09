"""Who does a cycle's work: so much per role, a number that a pool shares in turn, or about each of some people.

Everything is pro rata of the working days on which somebody holds the role and is not away (section 7.4).
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlmodel import col, select

from qabot.framework.activities import Activity, Quota
from qabot.models import Audit, AuditState, Cycle, Draw, DrawKind
from qabot.planning.directory import Holding, Staff
from qabot.planning.recipients import Parties, holders, owner_of
from qabot.planning.sampling import share
from qabot.planning.turns import Member, Turn, last_turns, take_turns
from qabot.workflows.core.unit import Unit
from qabot.workflows.programme import resting


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of work to be given: whose it is, by which rule and in which role, and the `person` it is about."""

    owner: int
    rule: str
    role: str
    person: int | None = None


@dataclass(frozen=True, slots=True)
class Shortfall:
    """A number that could not be met: of `count` pieces only so many could be given to somebody."""

    quota: Quota
    count: int
    given: int


@dataclass(slots=True)
class Shares:
    """What is to be given in a cycle, and what could not be."""

    pieces: list[Piece] = field(default_factory=list)
    shortfalls: list[Shortfall] = field(default_factory=list)
    vacant: list[tuple[Quota, str]] = field(default_factory=list)
    """Lines of which nobody holds the role that counts on any day of the cycle, and that role."""


def shares_of(unit: Unit, name: str, activity: Activity, cycle: Cycle) -> Shares:
    """The pieces of a cycle that are still to be given; what was imported for it counts, each piece once."""
    made, shares = _Made.load(unit, cycle), Shares()
    quotas = [each for each in activity.do if each.rule not in unit.framework.without]
    rests = _rests(unit, activity, quotas, cycle)
    for quota in quotas:
        role = quota.per or quota.for_each
        if role is not None and not _is_held(unit, role, cycle):
            shares.vacant.append((quota, role))
        if quota.for_each is not None:
            _about_each(unit, quota, cycle, made, rests, shares)
    for person, (count, quota) in sorted(per_person(unit, activity, cycle).items()):
        left = count - made.take(count, by=person) if person not in rests else 0
        shares.pieces += [Piece(person, quota.rule, quota.per or "")] * left
    for quota in quotas:
        if quota.shared_by:
            _by_turns(unit, name, quota, cycle, made, rests, shares)
    return shares


def _rests(unit: Unit, activity: Activity, quotas: Sequence[Quota], cycle: Cycle) -> set[int]:
    """Who would do some of a cycle's work and rests on a day of it; the log says so."""
    doing = {
        held.person_id: 1
        for quota in quotas
        for role in quota.doing
        for held in unit.directory.roles.get(role, ())
        if (staff := unit.directory.person(held.person_id)) is not None and _present(unit, cycle, staff, held)[0]
    }
    return doing.keys() - resting.leave_out(unit, activity, cycle, doing).keys()


@dataclass(slots=True)
class _Made:
    """The work of a cycle that is there already: by whom, and about whom. What is taken counts no more."""

    pieces: list[tuple[int, int | None]]

    @classmethod
    def load(cls, unit: Unit, cycle: Cycle) -> "_Made":
        query = select(Audit).where(Audit.cycle_id == cycle.id, Audit.state != AuditState.withdrawn)
        there = unit.session.exec(query.order_by(col(Audit.id))).all()
        return cls([(each.auditor_id, each.practitioner_id if each.about == "person" else None) for each in there])

    def take(self, count: int, *, by: int | None = None, about: int | None = None) -> int:
        """Take at most `count` pieces by, or about, somebody; how many there were."""
        fits = [each for each in self.pieces if (each[0] == by if by is not None else each[1] == about)][:count]
        for each in fits:
            self.pieces.remove(each)
        return len(fits)


def per_person(unit: Unit, activity: Activity, cycle: Cycle) -> dict[int, tuple[int, Quota]]:
    """How many pieces each holder of a role does, and by which line; with two roles the larger number, not the sum."""
    numbers: dict[int, tuple[int, Quota]] = {}
    for quota in activity.do:
        if quota.per is None or quota.rule in unit.framework.without:
            continue
        for staff, held in _held(unit, [quota.per]):
            count = share(quota.count, *_present(unit, cycle, staff, *held))
            if count > numbers.get(staff.id, (0, quota))[0]:
                numbers[staff.id] = count, quota
    return numbers


def _held(unit: Unit, roles: Collection[str]) -> list[tuple[Staff, list[Holding]]]:
    """Everybody who holds one of these roles at some time, with what they hold: for one team after another, say."""
    everybody: dict[int, list[Holding]] = {}
    for role in roles:
        for held in unit.directory.roles.get(role, ()):
            everybody.setdefault(held.person_id, []).append(held)
    return [(staff, held) for number, held in everybody.items() if (staff := unit.directory.person(number)) is not None]


def _is_held(unit: Unit, role: str, cycle: Cycle) -> bool:
    """Whether somebody holds a role on some day of a cycle, wherever they are on it."""
    held = [each for each in unit.directory.roles.get(role, ()) if unit.directory.person(each.person_id) is not None]
    return any(each.holds_on(day) for each in held for day in days_of(cycle))


def _present(unit: Unit, cycle: Cycle, staff: Staff, *held: Holding) -> tuple[int, int]:
    """On how many of a cycle's working days somebody holds one of these and is not away, and how many there are."""
    days = [day for day in days_of(cycle) if unit.situation.calendar.is_working(day)]
    there = sum(any(each.holds_on(day) for each in held) and staff.absence(day) is None for day in days)
    return there, len(days)


def days_of(cycle: Cycle) -> list[date]:
    """Every day of a cycle, its last one too."""
    return [cycle.starts_on + timedelta(days=number) for number in range((cycle.due_on - cycle.starts_on).days + 1)]


# -- a number that a pool shares --------------------------------------------------------------------------------------


def _by_turns(
    unit: Unit, name: str, quota: Quota, cycle: Cycle, made: _Made, rests: Collection[int], shares: Shares
) -> None:
    """Whoever waited longest has the next piece. The draw is recorded, so that turns go on from it next time."""
    pool = _pool(unit, quota)
    imported: list[int] = []
    for person in sorted(pool):
        imported += [person] * made.take(quota.count - len(imported), by=person)
    able = {person: held for person, held in pool.items() if person not in rests}
    members = _members(unit, name, quota, cycle, able, Counter(imported))
    thing = _turns_of(name, quota)
    purpose = f"turns:{thing}:{cycle.starts_on.isoformat()}"
    turns = take_turns(purpose, quota.count - len(imported), members)
    unit.session.add(
        Draw(
            rule=quota.rule,
            kind=DrawKind.turns,
            thing=thing,
            day=cycle.starts_on,
            purpose=purpose,
            at=unit.now,
            seed=purpose,
            pool=sorted(pool),
            result=[*imported, *turns],
        )
    )
    shares.pieces += [Piece(person, quota.rule, _role_of(unit, quota.shared_by, person)) for person in turns]
    given = len(imported) + len(turns)
    unit.event(
        "turns-drawn",
        subject=("cycle", cycle.id),
        rule=quota.rule,
        why=purpose,
        seed=purpose,
        pool=len(pool),
        count=quota.count,
        given=given,
    )
    if given < quota.count:
        shares.shortfalls.append(Shortfall(quota, quota.count, given))


def _turns_of(name: str, quota: Quota) -> str:
    """What the draws of one number have in common: the activity and its pool; so no other takes a turn from it."""
    return f"{name}:{'+'.join(sorted(quota.shared_by))}"


def _pool(unit: Unit, quota: Quota) -> dict[int, list[Holding]]:
    """Everybody who holds a role of the pool at some time, with what they hold."""
    return {staff.id: held for staff, held in _held(unit, quota.shared_by)}


def _members(
    unit: Unit, name: str, quota: Quota, cycle: Cycle, pool: dict[int, list[Holding]], has: Counter[int]
) -> list[Member]:
    turns = last_turns(_rounds(unit, name, quota))
    members = []
    for person, held in pool.items():
        most = share(quota.most or 1, *_present(unit, cycle, unit.directory.people[person], *held))
        joined = [each.from_on for each in held if each.from_on is not None]
        since = Turn(min(joined), -1) if len(joined) == len(held) else None
        members.append(Member(person, max(most - has[person], 0), turns.get(person) or since))
    return members


def _rounds(unit: Unit, name: str, quota: Quota) -> dict[date, Sequence[int]]:
    """Who had each turn of the earlier draws, by the first day of their cycles.

    Those of a pool that the activity has no more count too: it had other roles, or another name for one.
    """
    lines = [each for each in unit.framework.activities[name].do if each.shared_by]
    others = {_turns_of(name, each) for each in lines} - {_turns_of(name, quota)}
    query = select(Draw).where(Draw.kind == DrawKind.turns, col(Draw.thing).startswith(f"{name}:"))
    rounds: dict[date, Sequence[int]] = {}
    for each in unit.session.exec(query.order_by(col(Draw.id))):
        if each.day is not None and each.thing not in others:
            rounds[each.day] = [*rounds.get(each.day, ()), *each.result]
    return rounds


def _role_of(unit: Unit, roles: Sequence[str], person: int) -> str:
    """The first of these roles that somebody holds."""
    held = (role for role in roles for each in unit.directory.roles.get(role, ()) if each.person_id == person)
    return next(held, "")


# -- about each of some people ----------------------------------------------------------------------------------------


def _about_each(unit: Unit, quota: Quota, cycle: Cycle, made: _Made, rests: Collection[int], shares: Shares) -> None:
    total = given = 0
    load: Counter[int] = Counter()
    for staff, held in sorted(_held(unit, [quota.for_each or ""]), key=lambda each: each[0].id):
        count = share(quota.count, *_present(unit, cycle, staff, *held))
        left = count - made.take(count, about=staff.id)
        total += left
        place = next((each for each in held[::-1] if each.holds_on(unit.today)), held[-1])
        owner = owner_about(unit, quota.owes, staff.id, place.team_id or staff.team_id, load, rests)
        if owner is not None:
            role, person = owner
            load[person] += left
            given += left
            shares.pieces += [Piece(person, quota.rule, role, staff.id)] * left
    if given < total:
        shares.shortfalls.append(Shortfall(quota, total, given))


def owner_about(
    unit: Unit,
    roles: Sequence[str],
    person: int,
    team_id: int | None,
    load: Counter[int],
    rests: Collection[int] = (),
) -> tuple[str, int] | None:
    """Who looks at this person's work, and in which role: of several who hold it, whoever has least to do so far.

    Never the person, nor who rests. Where nobody holds any of the roles, whoever would be told in their place; None if
    that is nobody.
    """
    parties = Parties(team_id, apart=person)
    for role in roles:
        held = [
            each for each in holders(role, parties, unit.directory, unit.framework, unit.today) if each not in rests
        ]
        if held:
            return role, min(held, key=lambda each: (load[each], each))
    instead = owner_of(roles[0], parties, unit.directory, unit.framework, unit.today)
    return (roles[0], instead) if instead is not None and instead not in (person, *rests) else None
