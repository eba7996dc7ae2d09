"""How many cases are still wanted for a cycle, for whom, and how picked ones are shared."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import col, select

from qabot.framework.activities import Activity
from qabot.models import Audit, AuditState, Case, Cycle, PickedCase
from qabot.planning.choosing import Choice, choose, record
from qabot.workflows.core.unit import Unit
from qabot.workflows.programme import choosing
from qabot.workflows.programme.shares import per_person


@dataclass(frozen=True)
class Need:
    """How many cases a cycle wants, for whom, and what was picked for it so far."""

    total: int
    room: Mapping[int, int]
    """How many each person can still be given, besides what was picked for them by name."""
    picks: Sequence[PickedCase]
    """What is picked and not given yet."""
    own: Mapping[str, int]
    """Of these, by their references, for whom they are by name; not what that person may have no longer."""
    given: int
    """How many that were picked are given."""
    shared: Choice
    """How what is picked for nobody by name would be shared out now."""

    @classmethod
    def of(cls, unit: Unit, activity: Activity, cycle: Cycle) -> "Need":
        """As things stand."""
        query = select(PickedCase).where(PickedCase.cycle_id == cycle.id).order_by(col(PickedCase.id))
        work = work_of(unit, cycle)
        used = {each.case_reference for each in work}
        every = list(unit.session.exec(query))
        picks = [each for each in every if each.reference not in used]
        room, missing = _room(unit, activity, cycle, work)
        own = _own(unit, activity, cycle, picks)
        room.subtract(Counter(own.values()))
        unnamed = [each for each in picks if each.reference not in own]
        shared = share_among(unit, cycle, activity, seed_of(cycle, "plan"), +room, unnamed)[0]
        return cls(missing + len(every) - len(picks), +room, picks, own, len(every) - len(picks), shared)

    @property
    def usable(self) -> int:
        """How many of those that were picked can be given, or are."""
        shared = sum(each is not None for got in self.shared.given.values() for each in got)
        return min(self.given + len(self.own) + shared, self.total)

    @property
    def is_met(self) -> bool:
        """Whether there are enough, so that everybody can be given one."""
        return self.usable >= self.total


def work_of(unit: Unit, cycle: Cycle) -> list[Audit]:
    query = select(Audit).where(Audit.cycle_id == cycle.id, Audit.state != AuditState.withdrawn)
    return list(unit.session.exec(query.order_by(col(Audit.id))))


def _room(unit: Unit, activity: Activity, cycle: Cycle, work: Sequence[Audit]) -> tuple[Counter[int], int]:
    """How many cases each person can be given, and how many are wanted in all.

    Once work is given, it is what waits for a case. Before that, of a number that a pool shares anybody may get some.
    """
    if cycle.opened_at is not None:
        waiting = Counter(each.auditor_id for each in work if waits_for_case(each))
        return waiting, waiting.total()
    room = Counter({person: count for person, (count, _) in per_person(unit, activity, cycle).items()})
    total = room.total()
    for quota in activity.do:
        if quota.shared_by and quota.rule not in unit.framework.without:
            total += quota.count
            pool = {each.person_id for role in quota.shared_by for each in unit.directory.roles.get(role, ())}
            room.update(dict.fromkeys((each for each in pool if unit.directory.person(each)), quota.most or 1))
    made = Counter(each.auditor_id for each in work)
    room.subtract(made)
    return +room, max(total - made.total(), 0)


def _own(unit: Unit, activity: Activity, cycle: Cycle, picks: Sequence[PickedCase]) -> dict[str, int]:
    """For whom cases were picked by name, by reference; not who gave one back, because they know it."""
    named = {each.reference: each.auditor_id for each in picks if each.auditor_id is not None}
    cases = unit.session.exec(select(Case).where(col(Case.reference).in_(list(named)))).all() if named else ()
    known = {each.reference: each for each in choosing.candidates(unit, activity, cycle, cases)} if named else {}
    people = {each.id: each for each in choosing.auditors(unit, cycle.activity, dict.fromkeys(named.values(), 1))}
    rules = choosing.rules_of(activity)
    return {
        reference: person
        for reference, person in named.items()
        if reference in known and not rules.why_not(people[person], known[reference])
    }


def waits_for_case(audit: Audit) -> bool:
    return audit.about == "case" and audit.case_reference is None and audit.state == AuditState.allocated


def share_among(
    unit: Unit, cycle: Cycle, activity: Activity, seed: str, wants: Mapping[int, int], picks: Sequence[PickedCase]
) -> tuple[Choice, dict[str, object]]:
    references = [each.reference for each in picks]
    cases = unit.session.exec(select(Case).where(col(Case.reference).in_(references))).all() if references else ()
    people = choosing.auditors(unit, cycle.activity, wants)
    known = choosing.candidates(unit, activity, cycle, cases)
    rules = choosing.rules_of(activity)
    return choose(seed, rules, people, known), record(rules, people, known)


def seed_of(cycle: Cycle, what: str) -> str:
    return f"sharing:{cycle.activity}:{cycle.starts_on.isoformat()}:{what}"
