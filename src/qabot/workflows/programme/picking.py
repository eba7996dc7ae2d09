"""Cases that a person picks: who is asked, what they may pick, and how it comes to whoever looks at it.

1. Whoever picks is asked as a cycle is planned, and reminded until there are enough. Nothing is drawn in their place.
2. What they pick is for somebody whom they name, or is shared out by chance, within the file's rules, as work is given.
3. What is missing then is told to quality assurance. The work waits; a case that is picked later goes to who waits.
4. Once the cycle is over nobody is asked for its cases any more (`picking_over`).
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import col, func, select

from qabot.errors import BadRequest
from qabot.framework.activities import Activity
from qabot.framework.picking import PICKING
from qabot.framework.schema import AUDIT
from qabot.models import Audit, Case, Cycle, Deadline, Draw, DrawKind, PickedCase
from qabot.planning.choosing import AUDITED, Auditor, Candidate, Rules
from qabot.planning.recipients import Parties, owner_of
from qabot.planning.windows import of_cycle
from qabot.workflows.core import moments
from qabot.workflows.core.unit import Unit
from qabot.workflows.programme import choosing, shortfalls
from qabot.workflows.programme.beginning import begin
from qabot.workflows.programme.picking_needs import Need, seed_of, share_among, waits_for_case, work_of

NOT_KNOWN = "is not on the list of cases; it can be picked once it has been imported"


def kind_of(activity: str) -> str:
    """The kind of the deadline to pick an activity's cases."""
    return f"{activity}{PICKING}"


def cycle_of(unit: Unit, deadline: Deadline) -> tuple[Cycle, Activity]:
    """The cycle for which a deadline asks somebody to pick cases. Raises `BadRequest` if the file asks no longer."""
    activity = unit.framework.activity(deadline.kind.removesuffix(PICKING))
    if activity is None or not activity.picked_by or deadline.subject_type != "cycle":
        raise BadRequest(f"Nobody picks cases here any more. Please tell {unit.framework.quality}.")
    return unit.session.get_one(Cycle, deadline.subject_id), activity


# -- asking -----------------------------------------------------------------------------------------------------------


def ask(unit: Unit, activity: Activity, cycle: Cycle) -> None:
    """Ask whoever picks an activity's cases for those of a cycle, unless they are asked already, or it is done or over.

    It is due a working day before work is given; asked for later, on the next working day.
    """
    needed = Need.of(unit, activity, cycle)
    if needed.total != cycle.cases_wanted:
        cycle.cases_wanted = needed.total
        unit.session.add(cycle)
        unit.redraw_deadlines([each.id for each in asked(unit, cycle)])
    if needed.is_met or cycle.due_on < unit.today or asked(unit, cycle):
        return
    duty, calendar = unit.framework.duties[kind_of(cycle.activity)], unit.situation.calendar
    opens = of_cycle(activity, cycle.starts_on, cycle.due_on, calendar).opens
    due = max(calendar.add_days(opens, -1), calendar.add_days(unit.today, 1))
    unit.open_deadline(
        kind_of(cycle.activity),
        ("cycle", cycle.id),
        {"cycle-start": cycle.starts_on, "opened": unit.now},
        terms=duty.terms,
        owner_id=owner_of(activity.picked_by, Parties(), unit.directory, unit.framework, unit.today),
        due_on=due,
        duty=duty,
    )


def asked(unit: Unit, cycle: Cycle) -> list[Deadline]:
    """The open deadline to pick a cycle's cases, if there is one."""
    return unit.open_deadlines(("cycle", cycle.id), {kind_of(cycle.activity)})


# -- what is needed ---------------------------------------------------------------------------------------------------


# -- picking ----------------------------------------------------------------------------------------------------------


def references_in(text: str) -> list[str]:
    """The references in what somebody wrote, each once: with spaces, commas, semicolons or new lines between them."""
    return list(dict.fromkeys(filter(None, re.split(r"[\s,;]+", text))))


def pick(
    unit: Unit,
    activity: Activity,
    cycle: Cycle,
    references: Sequence[str],
    for_whom: int | None,
    by: int | None,
) -> list[str]:
    """Pick these cases for a cycle; what is wrong, in sentences, and then nothing is picked.

    What waits for a case gets one at once. With enough the deadline is done.
    """
    _lock(unit, cycle)
    wrong = faults(unit, activity, cycle, references, for_whom)
    if wrong:
        return wrong
    for reference in references:
        unit.session.add(PickedCase(cycle_id=cycle.id, reference=reference, auditor_id=for_whom, by_id=by, at=unit.now))
    unit.session.flush()
    unit.event(
        "cases-picked",
        actor=by,
        subject=("cycle", cycle.id),
        rule=activity.drawing.rule,
        why=f"for {unit.directory.name(for_whom)}" if for_whom is not None else "to be shared out",
        cases=list(references),
    )
    settle(unit, activity, cycle, by)
    return []


def _lock(unit: Unit, cycle: Cycle) -> None:
    """One after the other: two who pick at once never pick the same case, and count what the other one has."""
    unit.session.exec(select(Cycle.id).where(Cycle.id == cycle.id).with_for_update()).one()


def faults(unit: Unit, activity: Activity, cycle: Cycle, references: Sequence[str], for_whom: int | None) -> list[str]:
    """Why these cannot be picked, in sentences; nothing if they can."""
    if not references:
        return ["Write at least one case reference."]
    need = Need.of(unit, activity, cycle)
    wrong = _person_faults(unit, activity, need, for_whom, len(references))
    listed = select(Case).where(col(Case.reference).in_(references))
    known = {each.reference: each for each in unit.session.exec(listed)}
    picked = set(unit.session.exec(select(PickedCase.reference).where(PickedCase.cycle_id == cycle.id)))
    used = {each.case_reference for each in work_of(unit, cycle)}
    judge = Judge.of(unit, activity, cycle, [known[each] for each in references if each in known], need, for_whom)
    for reference in references:
        case = known.get(reference)
        if case is None:
            wrong.append(f"{reference} {NOT_KNOWN}.")
        elif reference in picked:
            wrong.append(f"{reference} is picked already.")
        elif reference in used:
            wrong.append(f"{reference} is looked at in this cycle already.")
        elif not case.open:
            wrong.append(f"{reference} is closed.")
        elif why := judge.why_not(reference):
            wrong.append(why)
    return wrong


def _person_faults(unit: Unit, activity: Activity, need: Need, person: int | None, count: int) -> list[str]:
    if person is None:
        return []
    name, room = unit.directory.name(person), need.room.get(person, 0)
    if unit.directory.person(person) is None:
        return ["Choose a person from the list."]
    if room == 0:
        return [f"{name} needs no more cases for {activity.plural} in this cycle. Choose somebody else, or nobody."]
    if count > room:
        return [f"{name} needs {room} more, and these are {count}. Leave some out, or name nobody for them."]
    return []


@dataclass(frozen=True)
class Judge:
    """Says of cases whether those who still need some may have them."""

    unit: Unit
    activity: Activity
    rules: Rules
    people: Sequence[Auditor]
    cases: Mapping[str, Candidate]
    for_whom: int | None

    @classmethod
    def of(
        cls, unit: Unit, activity: Activity, cycle: Cycle, cases: Sequence[Case], need: Need, for_whom: int | None
    ) -> "Judge":
        """For these cases: of somebody, or of all who still need one."""
        names = {for_whom: 1} if for_whom is not None else dict.fromkeys(need.room, 1)
        people = choosing.auditors(unit, cycle.activity, names)
        known = {each.reference: each for each in choosing.candidates(unit, activity, cycle, cases)}
        return cls(unit, activity, choosing.rules_of(activity), people, known, for_whom)

    def why_not(self, reference: str) -> str:
        """Why a case cannot be picked, in a sentence; "" if it can."""
        case = self.cases[reference]
        if AUDITED in self.rules.never and case.audited:
            return f"{reference} was looked at less than {self.activity.drawing.audited_within} ago, or is just now."
        reasons = [self.rules.why_not(person, case) for person in self.people]
        if not all(reasons) or not reasons:
            return ""
        if self.for_whom is not None:
            said = choosing.SAID.get(reasons[0], choosing.OUT_OF_BOUNDS)
            return f"{self.unit.directory.name(self.for_whom)} {said} {reference}."
        return f"{reference} can be given to nobody who still needs a case: your rules keep all of them off it."


def take_back(unit: Unit, activity: Activity, cycle: Cycle, references: Sequence[str], by: int) -> int:
    """Take back what was picked and is not given yet; how many there were. If too few are left, they are asked for."""
    _lock(unit, cycle)
    used = {each.case_reference for each in work_of(unit, cycle)}
    query = select(PickedCase).where(PickedCase.cycle_id == cycle.id, col(PickedCase.reference).in_(references))
    gone = [each for each in unit.session.exec(query) if each.reference not in used]
    for each in gone:
        unit.session.delete(each)
    unit.session.flush()
    if gone:
        rule, cases = activity.drawing.rule, [each.reference for each in gone]
        unit.event("cases-taken-back", actor=by, subject=("cycle", cycle.id), rule=rule, cases=cases)
        settle(unit, activity, cycle, by)
    return len(gone)


def settle(unit: Unit, activity: Activity, cycle: Cycle, by: int | None) -> None:
    """Give what waits for a case one of those that were picked; see whether there are enough now."""
    if cycle.opened_at is not None:
        _fill(unit, activity, cycle)
    need = Need.of(unit, activity, cycle)
    cycle.cases_picked = need.given + len(need.picks)
    unit.session.add(cycle)
    waiting = asked(unit, cycle)
    if need.is_met:
        for deadline in waiting:
            moments.complete(unit, deadline, f"Picked: {cycle.cases_picked} cases", by=by)
    else:
        ask(unit, activity, cycle)
        unit.redraw_deadlines([each.id for each in waiting])


# -- giving -----------------------------------------------------------------------------------------------------------


def share_out(unit: Unit, activity: Activity, cycle: Cycle, wants: Mapping[int, int]) -> dict[int, list[str | None]]:
    """What was picked, for those who want so many cases: theirs by name, then by chance; None where none is left."""
    need = Need.of(unit, activity, cycle)
    own: dict[int, list[str]] = {person: [] for person in wants}
    rest: list[PickedCase] = []
    for each in need.picks:
        person = need.own.get(each.reference, 0)
        if person in own and len(own[person]) < wants[person]:
            own[person].append(each.reference)
        else:
            # For nobody by name, for somebody who was given no work, or may not have it any more: it is shared out.
            rest.append(each)
    left = {person: count - len(own[person]) for person, count in wants.items() if count > len(own[person])}
    if not rest or not left:
        return {person: [*own[person], *[None] * left.get(person, 0)] for person in wants}
    of_cycle = (Draw.kind == DrawKind.sharing, Draw.thing == cycle.activity, Draw.day == cycle.starts_on)
    before = select(func.count(col(Draw.id))).where(*of_cycle)
    seed = seed_of(cycle, str(unit.session.exec(before).one() + 1))
    choice, terms = share_among(unit, cycle, activity, seed, left, rest)
    unit.session.add(
        Draw(
            rule=activity.drawing.rule,
            kind=DrawKind.sharing,
            thing=cycle.activity,
            day=cycle.starts_on,
            purpose=seed,
            at=unit.now,
            seed=seed,
            pool=sorted(each.reference for each in rest),
            result=[
                {"person": person, "cases": [each for each in got if each]} for person, got in choice.given.items()
            ],
            terms=terms,
        )
    )
    return {person: [*own[person], *choice.given.get(person, ())] for person in wants}


def _fill(unit: Unit, activity: Activity, cycle: Cycle) -> None:
    """Give each piece of work that waits for a case one of those that were picked, and tell whoever does it."""
    waiting = [each for each in work_of(unit, cycle) if waits_for_case(each)]
    given = share_out(unit, activity, cycle, Counter(each.auditor_id for each in waiting)) if waiting else {}
    for audit in waiting:
        reference = given[audit.auditor_id].pop(0)
        if reference is not None:
            assign(unit, activity, audit, reference)


def assign(unit: Unit, activity: Activity, audit: Audit, reference: str) -> None:
    """Give a piece of work that waited a case that was picked, and tell whoever does it."""
    case = unit.session.exec(select(Case).where(Case.reference == reference)).one()
    audit.case_reference, audit.team_id, audit.practitioner_id = case.reference, case.team_id, case.practitioner_id
    audit.in_line = choosing.is_in_line(unit, activity, audit.auditor_id, case.team_id)
    unit.session.add(audit)
    opened = unit.open_deadlines(("audit", audit.id))
    for deadline in opened:
        deadline.practitioner_id = case.practitioner_id
        unit.session.add(deadline)
    if unit.directory.person(audit.auditor_id) is not None:
        unit.notify(
            "review-allocated",
            audit.auditor_id,
            rule=activity.drawing.rule,
            subject=("audit", audit.id),
            key=f"allocated:{audit.id}:{reference}",
            reason=reason_of(unit, activity),
            deadline=next((each.id for each in opened if each.kind == AUDIT), None),
            params={"picked": "yes"},
        )
    begin(unit, audit)


def tell_missing(unit: Unit, activity: Activity, cycle: Cycle, missing: Mapping[int, int]) -> None:
    """Work is given, and for so much of it nobody has picked a case: quality assurance is told, once for the cycle."""
    count = sum(missing.values())
    who = title_of(unit, activity)
    why = f"{who}: {count} not picked as the work began, and none is drawn in their place"
    unit.event(
        "cases-not-picked",
        subject=("cycle", cycle.id),
        rule=activity.drawing.rule,
        why=why,
        people={str(person): number for person, number in missing.items()},
    )
    params = {"missing": str(count), "by": who, "short": shortfalls.each(unit, missing)}
    shortfalls.tell(unit, cycle, activity.drawing.rule, "cases-not-picked", params)


def reason_of(unit: Unit, activity: Activity) -> str:
    """Why somebody is told of a case, where a person picked it."""
    return f"The case was picked by the {title_of(unit, activity)}"


def title_of(unit: Unit, activity: Activity) -> str:
    """What people call whoever picks an activity's cases."""
    role = unit.framework.roles.get(activity.picked_by)
    return role.title if role is not None else activity.picked_by
