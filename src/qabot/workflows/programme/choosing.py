"""What a choice of cases is made from: the council's rules, who gets cases, and which cases there are."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import time

from sqlmodel import col, func, or_, select

from qabot.framework.activities import Activity
from qabot.framework.calendar import at_local
from qabot.framework.cases import INVOLVED, OVERSIGHT, OWN_SERVICE, OWN_TEAM
from qabot.models import Audit, AuditState, Case, CaseInvolvement, Cycle
from qabot.planning.choosing import AUDITED, OWN, Auditor, Candidate, Rules
from qabot.workflows.core.unit import Unit

SAID: Mapping[str, str] = {
    OWN: "is the worker of",
    INVOLVED: "is or was involved in",
    OVERSIGHT: "has oversight of",
    OWN_TEAM: "works in the team of",
    OWN_SERVICE: "works in the service of",
}
"""Why somebody must not have a case, in words that follow their name."""
OUT_OF_BOUNDS = "is not among those who may look at"


def rules_of(activity: Activity) -> Rules:
    """What a file says of an activity's cases, as planning reads it."""
    cases = activity.drawing
    never = cases.relations | ({AUDITED} if cases.audited_within is not None else set())
    return Rules(never, frozenset(cases.within), cases.line is not None, dict(cases.overlap))


def auditors(unit: Unit, activity: str, counts: Mapping[int, int]) -> list[Auditor]:
    """Those who get cases of an activity, so many each, and how they stand to the teams today."""
    lines = _last_in_line(unit, activity, counts.keys())
    return [as_auditor(unit, person, count, lines.get(person)) for person, count in sorted(counts.items())]


def as_auditor(unit: Unit, person: int, count: int = 1, last_in_line: bool | None = None) -> Auditor:
    """Somebody who gets cases, or looks again at one, and how they stand to the teams today."""
    own_teams, services = _places(unit, person)
    of_service = {team for team, place in unit.directory.teams.items() if place.service_id in services}
    return Auditor(
        person, count, frozenset(overseen(unit, person)), frozenset(own_teams), frozenset(of_service), last_in_line
    )


def overseen(unit: Unit, person: int) -> set[int]:
    """The teams over whose cases a person has management oversight; of a role for the whole council, every one."""
    teams: set[int] = set()
    for role in unit.framework.doing("oversees"):
        whole = unit.framework.roles[role].of == "council"
        for held in unit.directory.roles.get(role, ()):
            if held.person_id != person or not held.holds_on(unit.today):
                continue
            teams |= {
                team
                for team, place in unit.directory.teams.items()
                if whole
                or held.team_id == team
                or (held.service_id is not None and held.service_id == place.service_id)
            }
    return teams


def _places(unit: Unit, person: int) -> tuple[set[int], set[int]]:
    """The teams in which somebody works or has a role, and the services of these or for which they have one."""
    staff = unit.directory.people.get(person)
    teams = {staff.team_id} if staff is not None and staff.team_id is not None else set[int]()
    services: set[int] = set()
    for holdings in unit.directory.roles.values():
        for held in holdings:
            if held.person_id == person and held.holds_on(unit.today):
                teams |= {held.team_id} if held.team_id is not None else set()
                services |= {held.service_id} if held.service_id is not None else set()
    return teams, services | {unit.directory.teams[team].service_id for team in teams if team in unit.directory.teams}


def _last_in_line(unit: Unit, activity: str, people: Iterable[int]) -> dict[int, bool]:
    """Of each person's last case of an activity whether it was in their line, as it was noted when it was given."""
    latest = (
        select(func.max(Audit.id))
        .where(Audit.activity == activity, col(Audit.in_line).is_not(None), col(Audit.auditor_id).in_(list(people)))
        .group_by(col(Audit.auditor_id))
    )
    query = select(Audit.auditor_id, Audit.in_line).where(col(Audit.id).in_(latest))
    return {person: bool(in_line) for person, in_line in unit.session.exec(query)}


def candidates(unit: Unit, activity: Activity, cycle: Cycle | None, cases: Sequence[Case]) -> list[Candidate]:
    """These cases, with whatever an activity's rules may ask of them in a cycle."""
    involved: dict[int, set[int]] = defaultdict(set)
    for row in unit.session.exec(select(CaseInvolvement)):
        involved[row.case_id].add(row.person_id)
    audited = audited_before(unit, activity, cycle) if cycle is not None else set()
    chosen = _chosen(unit, activity, cycle) if cycle is not None else {}
    return [
        Candidate(
            each.reference,
            each.team_id,
            each.practitioner_id,
            frozenset(involved[each.id]),
            each.reference in audited,
            frozenset(name for name, references in chosen.items() if each.reference in references),
        )
        for each in cases
    ]


def audited_before(unit: Unit, activity: Activity, cycle: Cycle) -> set[str]:
    """The cases that were looked at within the time that an activity's rules name, or are just now."""
    within = activity.drawing.audited_within
    if within is None:
        return set()
    since = at_local(within.before(cycle.starts_on), time(0, 0))
    query = select(Audit.case_reference).where(
        col(Audit.case_reference).is_not(None),
        Audit.state != AuditState.withdrawn,
        or_(col(Audit.cycle_id).is_(None), col(Audit.cycle_id) != cycle.id),
        or_(col(Audit.submitted_at) >= since, Audit.state == AuditState.allocated),
        col(Audit.activity).not_in(list(activity.drawing.overlap)),
    )
    return {each for each in unit.session.exec(query) if each is not None}


def _chosen(unit: Unit, activity: Activity, cycle: Cycle) -> dict[str, set[str]]:
    """By the activities that it is to overlap: the cases of their cycles with a day of this one."""
    chosen: dict[str, set[str]] = {name: set() for name in activity.drawing.overlap}
    query = (
        select(Audit.activity, Audit.case_reference)
        .join(Cycle, col(Cycle.id) == col(Audit.cycle_id))
        .where(
            col(Audit.activity).in_(list(chosen)),
            Audit.state != AuditState.withdrawn,
            Cycle.starts_on <= cycle.due_on,
            Cycle.due_on >= cycle.starts_on,
        )
    )
    for name, reference in unit.session.exec(query) if chosen else ():
        chosen[name] |= {reference} if reference is not None else set()
    return chosen


def free_cases(unit: Unit, cycle: Cycle) -> list[Case]:
    """Open cases that nobody looks at in this cycle."""
    taken = set(unit.session.exec(select(Audit.case_reference).where(Audit.cycle_id == cycle.id)))
    open_cases = unit.session.exec(select(Case).where(col(Case.open).is_(True)))
    return [case for case in open_cases if case.reference not in taken]


def barred(unit: Unit, activity: Activity, people: Sequence[int], cases: Mapping[str, Case]) -> dict[str, set[str]]:
    """For each person the cases that they must not look at, whoever looked at them before."""
    known = candidates(unit, activity, None, list(cases.values()))
    rules = rules_of(activity)
    return {
        str(person): {case.reference for case in known if rules.why_not(auditor, case)}
        for person in people
        for auditor in [as_auditor(unit, person, 1)]
    }


def why_barred(unit: Unit, activity: Activity, person: int, case: Candidate) -> str:
    """Why somebody must not look at a case, in words that follow their name; "" if they may."""
    why = rules_of(activity).why_not(as_auditor(unit, person, 1), case)
    return SAID.get(why, OUT_OF_BOUNDS) if why else ""


def is_in_line(unit: Unit, activity: Activity, person: int, team: int | None) -> bool | None:
    """Whether a case of a team is in somebody's line of management; None where the file asks for no turns."""
    return team in overseen(unit, person) if activity.drawing.line is not None else None


def in_order(activities: Mapping[str, Activity]) -> dict[str, Activity]:
    """The activities in the file's order, but each after those that its cases are to overlap."""
    ordered: dict[str, Activity] = {}

    def put(name: str, above: frozenset[str]) -> None:
        for other in activities[name].drawing.overlap:
            if other in activities and other not in above:
                put(other, above | {name})
        ordered.setdefault(name, activities[name])

    for name in activities:
        put(name, frozenset({name}))
    return ordered
