"""Somebody knows the case that they were given: another one is drawn, or one that was picked takes its place."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import delete
from sqlmodel import col, select

from qabot.framework.activities import Activity
from qabot.framework.schema import AUDIT
from qabot.models import (
    Audit,
    AuditState,
    Case,
    CaseInvolvement,
    Cycle,
    Deadline,
    DeadlineState,
    Draw,
    DrawKind,
    Notice,
    NoticeState,
)
from qabot.planning.choosing import choose, record
from qabot.workflows.core import in_turn, own_form
from qabot.workflows.core.unit import Unit
from qabot.workflows.programme import choosing, picking
from qabot.workflows.programme.allocation import tell_no_case


@dataclass(frozen=True, slots=True)
class State:
    """How a piece of work was before its case was given back, to be brought back; `after` is the case it has since."""

    case: str
    team: int | None
    practitioner: int | None
    in_line: bool | None
    auditor: int
    knew: int | None
    """Who is not said to know the case once it is brought back; None where that was known before."""
    after: str | None = None

    @classmethod
    def of(cls, unit: Unit, audit: Audit, person: int) -> "State":
        """As it is now, before `person` gives it back."""
        known = _case(unit, audit.case_reference)
        knew = None if known is None or _involved(unit, known, person) else person
        case = audit.case_reference or ""
        return cls(case, audit.team_id, audit.practitioner_id, audit.in_line, audit.auditor_id, knew)

    def kept(self, after: str | None) -> dict[str, Any]:
        """As a receipt keeps it."""
        return asdict(replace(self, after=after))

    @classmethod
    def kept_in(cls, before: Mapping[str, Any]) -> "State":
        """As a receipt has kept it."""
        return cls(**{each.name: before[each.name] for each in fields(cls)})

    def why_not(self, unit: Unit, audit: Audit) -> str:
        """Why it cannot be brought back any more, in a sentence; "" if it can."""
        if audit.cycle_id is not None:
            in_turn.take(unit.session, ("cycle", audit.cycle_id))
        moved = audit.case_reference != self.after or audit.auditor_id != self.auditor
        if moved or audit.state not in (AuditState.allocated, AuditState.withdrawn):
            return f"{audit.reference} has gone on since."
        if audit.made_for_id is not None and not _waits_for_somebody(unit, audit.made_for_id):
            return "Somebody else has been asked to do it meanwhile."
        same = select(Audit.id).where(Audit.case_reference == self.case, Audit.id != audit.id)
        of_cycle = same.where(Audit.cycle_id == audit.cycle_id, Audit.state != AuditState.withdrawn)
        if audit.cycle_id is not None and unit.session.exec(of_cycle).first() is not None:
            return f"Case {self.case} has gone to somebody else meanwhile."
        return ""

    def restore(self, unit: Unit, audit: Audit, press: str, at: datetime, *, by: int) -> set[int]:
        """Bring the case back that was given back by `press` at `at` (UTC); who had been asked to pick another one."""
        audit.case_reference, audit.team_id, audit.practitioner_id = self.case, self.team, self.practitioner
        audit.in_line = self.in_line
        unit.session.add(audit)
        opened = unit.open_deadlines(("audit", audit.id))
        for deadline in opened:
            deadline.practitioner_id = self.practitioner
            unit.session.add(deadline)
        if (case := _case(unit, self.case)) is not None and self.knew is not None:
            which = (col(CaseInvolvement.case_id) == case.id, col(CaseInvolvement.person_id) == self.knew)
            unit.session.execute(delete(CaseInvolvement).where(*which).execution_options(synchronize_session="fetch"))
        drawn = unit.session.exec(select(Draw).where(Draw.purpose == f"again:{press}")).first()
        if drawn is not None:
            # The record of the draw stays; the button can give the case back once more.
            drawn.purpose = f"{drawn.purpose}:taken-back:{drawn.id}"
            unit.session.add(drawn)
        unit.session.flush()
        unit.redraw_deadlines([each.id for each in opened])
        return _pick_no_more(unit, audit, at, by)


def _pick_no_more(unit: Unit, audit: Audit, at: datetime, by: int) -> set[int]:
    """Where cases are picked: one fewer is wanted. Who was asked for it, if that had not been asked before."""
    activity = unit.framework.activity(audit.activity)
    cycle = unit.session.get(Cycle, audit.cycle_id) if audit.cycle_id else None
    if activity is None or not activity.picked_by or cycle is None:
        return set()
    people: set[int] = set()
    for deadline in picking.asked(unit, cycle):
        if deadline.opened_at == at:
            recipient_ids = select(Notice.recipient_id).where(
                Notice.deadline_id == deadline.id, Notice.state == NoticeState.sent
            )
            people |= set(unit.session.exec(recipient_ids))
            unit.close(deadline, "No longer needed", by=by, withdrawn=True)
    picking.settle(unit, activity, cycle, by)
    return people


def _waits_for_somebody(unit: Unit, number: int) -> bool:
    """Whether the duty that made work is open, and nobody is named for it."""
    deadline = unit.session.get(Deadline, number)
    there = select(Audit.id).where(Audit.made_for_id == number, Audit.state != AuditState.withdrawn)
    return deadline is not None and deadline.state == DeadlineState.open and unit.session.exec(there).first() is None


def _case(unit: Unit, reference: str | None) -> Case | None:
    return unit.session.exec(select(Case).where(Case.reference == reference)).first()


def given_back(unit: Unit, press: str) -> bool:
    """Whether this press (its token) has given a case back already."""
    return unit.session.exec(select(Draw.id).where(Draw.purpose == f"again:{press}")).first() is not None


def another_case(unit: Unit, audit: Audit, *, knows: int, press: str) -> str | None:
    """Give a case back because `knows` (the auditor, or who stands in) knows it, and find another that neither knows.

    `press` is the token of what was pressed: each gives back one case. None if no case is left; quality is told,
    or whoever picks the cases is asked for one more.
    """
    activity = own_form.activity_of(unit, audit)
    cycle = unit.session.get(Cycle, audit.cycle_id) if audit.cycle_id else None
    if cycle is not None:
        # Of two who give a case back in the same moment each gets another one.
        in_turn.take(unit.session, ("cycle", cycle.id))
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
    unit.session.add(Draw(rule=rule, kind=DrawKind.again, purpose=purpose, at=unit.now, seed=purpose))
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
            kind=DrawKind.again,
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
    known = _case(unit, audit.case_reference)
    if known is not None and not _involved(unit, known, person):
        unit.session.add(CaseInvolvement(case_id=known.id, person_id=person))
        unit.session.flush()


def _involved(unit: Unit, case: Case, person: int) -> bool:
    query = select(CaseInvolvement.id).where(CaseInvolvement.case_id == case.id, CaseInvolvement.person_id == person)
    return unit.session.exec(query).first() is not None
