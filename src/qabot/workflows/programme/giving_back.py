"""Somebody knows the case that they were given: another one is drawn, or one that was picked takes its place."""

from dataclasses import replace

from sqlmodel import select

from qabot.framework.schema import AUDIT, Activity
from qabot.models import Audit, Case, CaseInvolvement, Cycle, Draw
from qabot.planning.choosing import choose, record
from qabot.workflows.core.unit import Unit
from qabot.workflows.programme import choosing, picking
from qabot.workflows.programme.allocation import tell_no_case


def given_back(unit: Unit, press: str) -> bool:
    """Whether this press (its token) has given a case back already."""
    return unit.session.exec(select(Draw.id).where(Draw.purpose == f"again:{press}")).first() is not None


def another_case(unit: Unit, audit: Audit, *, knows: int, press: str) -> str | None:
    """Give a case back because `knows` (the auditor, or who stands in) knows it, and find another that neither knows.

    `press` is the token of what was pressed: each gives back one case. None if no case is left; the QA service is told,
    or whoever picks the cases is asked for one more.
    """
    activity = unit.framework.activities[audit.activity]
    cycle = unit.session.get(Cycle, audit.cycle_id) if audit.cycle_id else None
    note_involved(unit, audit, knows)
    if activity.picked_by and cycle is not None:
        return _another_picked(unit, audit, activity, cycle, knows, press)
    cases = {each.reference: each for each in (choosing.free_cases(unit, cycle) if cycle else ())}
    chosen = _another(unit, audit, activity, cycle, cases, knows, press)
    case = cases.get(chosen or "")
    _set_case(unit, activity, audit, case)
    unit.event(
        "case-given-back",
        actor=knows,
        subject=("audit", audit.id),
        rule=activity.drawing.rule,
        why=f"another one was drawn: {chosen}" if chosen else "no other case is left",
    )
    if case is None:
        tell_no_case(unit, audit, activity)
    else:
        # The card that was pressed is used up, so the new case comes on one of its own, with a button of its own.
        number = next((each.id for each in unit.open_deadlines(("audit", audit.id), {AUDIT})), None)
        unit.notify(
            "review-allocated",
            audit.auditor_id,
            rule=activity.drawing.rule,
            subject=("audit", audit.id),
            key=f"allocated:{audit.id}:{case.reference}",
            reason="Another case was drawn at random",
            deadline=number,
        )
    return audit.case_reference


def _set_case(unit: Unit, activity: Activity, audit: Audit, case: Case | None) -> None:
    audit.case_reference = case.reference if case else None
    audit.team_id = case.team_id if case else audit.team_id
    audit.practitioner_id = case.practitioner_id if case else None
    if case is not None:
        audit.in_line = choosing.is_in_line(unit, activity, audit.auditor_id, case.team_id)
    unit.session.add(audit)
    for deadline in unit.open_deadlines(("audit", audit.id)):
        deadline.practitioner_id = audit.practitioner_id
        unit.session.add(deadline)


def _another_picked(unit: Unit, audit: Audit, activity: Activity, cycle: Cycle, knows: int, press: str) -> str | None:
    """One of those that were picked and not given; if there is none, whoever picks is asked for one more."""
    rule, before = activity.drawing.rule, audit.case_reference
    _set_case(unit, activity, audit, None)
    purpose = f"again:{press}"
    unit.session.add(Draw(rule=rule, purpose=purpose, at=unit.now, seed=purpose, pool=[], result=[]))
    unit.session.flush()
    unit.event(
        "case-given-back", actor=knows, subject=("audit", audit.id), rule=rule, why=f"{before}; cases are picked here"
    )
    picking.settle(unit, activity, cycle, None)
    return audit.case_reference


def _another(
    unit: Unit,
    audit: Audit,
    activity: Activity,
    cycle: Cycle | None,
    cases: dict[str, Case],
    knows: int,
    press: str,
) -> str | None:
    """Draw another case for an audit, of the same kind where there are turns, and one that `knows` may have too."""
    seed = f"again:{audit.reference}:{audit.case_reference}"
    barred = choosing.barred(unit, activity, [knows], cases)[str(knows)]
    left = [case for reference, case in cases.items() if reference not in barred]
    [auditor] = choosing.auditors(unit, audit.activity, {audit.auditor_id: 1})
    if audit.in_line is not None:
        auditor = replace(auditor, last_in_line=not audit.in_line)
    rules, known = replace(choosing.rules_of(activity), overlap={}), choosing.candidates(unit, activity, cycle, left)
    [chosen] = choose(seed, rules, [auditor], known).given[audit.auditor_id]
    unit.session.add(
        Draw(
            rule=activity.drawing.rule,
            purpose=f"again:{press}",
            at=unit.now,
            seed=seed,
            pool=sorted(cases),
            result=[chosen] if chosen else [],
            terms=record(rules, [auditor], known),
        )
    )
    return chosen


def note_involved(unit: Unit, audit: Audit, person: int) -> None:
    """Somebody knows the case of an audit: they are never given it again, if it is on the list of cases."""
    known = unit.session.exec(select(Case).where(Case.reference == audit.case_reference)).first()
    if known is not None and not _involved(unit, known, person):
        unit.session.add(CaseInvolvement(case_id=known.id, person_id=person))
        unit.session.flush()


def _involved(unit: Unit, case: Case, person: int) -> bool:
    query = select(CaseInvolvement.id).where(CaseInvolvement.case_id == case.id, CaseInvolvement.person_id == person)
    return unit.session.exec(query).first() is not None
