"""What programs write: files as JSON, and forms, by the functions that a file and a form come to."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import BaseModel
from sqlmodel import col, select

from qabot.adapter import OpenForm, Reply, Say, ShowCard
from qabot.errors import BadFile, BadRequest, NotFound
from qabot.framework.schema import AUDIT
from qabot.imports import at_once, sent
from qabot.imports.kinds import Plan
from qabot.models import Absence, Audit, Deadline
from qabot.planning.directory import Staff
from qabot.web.api.callers import Caller, Sent, having
from qabot.web.api.problems import Fault, Refused, described, faults_of
from qabot.web.api.shapes import (
    Done,
    GivenAbsence,
    GivenAnswer,
    GivenAudits,
    GivenCases,
    GivenDate,
    GivenGrades,
    GivenPeople,
    Taken,
)
from qabot.web.api.work import NO_AUDIT, Reference
from qabot.workflows.access.many_records import grades_known
from qabot.workflows.core.own_form import OwnForm
from qabot.workflows.core.questions import asked
from qabot.workflows.core.unit import Unit
from qabot.workflows.people import absences
from qabot.workflows.programme.tracker import DONE, tracked
from qabot.workflows.verbs import answers
from qabot.workflows.verbs.grades import SURE_FORM

router = APIRouter(tags=["write"])
NOTHING_SAVED = "Nothing was saved: `errors` says what is wrong."
NO_ACTION = "There is no action of this id that is open."
NO_ABSENCE = "There is no absence of this id."
Action = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,60}$")]
Number = Annotated[int, Path(ge=1, le=999_999_999)]
WORDS = {True: "yes", False: "no", None: ""}


@router.post("/audits", responses=described(409))
async def give_audits(caller: Annotated[Caller, having("audits:write")], given: GivenAudits, sending: Sent) -> Taken:
    """Take work that began elsewhere, as `qabot audits import` does; sent again, it changes nothing."""

    def work(unit: Unit) -> dict[str, Any]:
        before = unit.session.exec(select(Audit.id).order_by(col(Audit.id).desc()).limit(1)).first() or 0
        rows = [{**_cells(each, leave_out={"answers"}), **(each.answers or {})} for each in given.audits]
        taken = _take(unit, sent.audits(rows, unit.framework), "audits", caller)
        new = unit.session.exec(select(Audit.reference).where(col(Audit.id) > before).order_by(col(Audit.id)))
        return {**taken, "references": list(new)}

    return Taken.model_validate(await caller.write(sending, work))


@router.post("/cases", responses=described(409))
async def give_cases(caller: Annotated[Caller, having("cases:write")], given: GivenCases, sending: Sent) -> Taken:
    """Add and change cases, as `qabot cases import` does."""
    rows = [_cells(each) for each in given.cases]
    done = await caller.write(sending, lambda unit: _take(unit, sent.cases(rows), "cases", caller))
    return Taken.model_validate(done)


@router.post("/people", responses=described(409))
async def give_people(caller: Annotated[Caller, having("people:write")], given: GivenPeople, sending: Sent) -> Taken:
    """Add and change members of staff, as `qabot people import` does."""
    rows = [_cells(each) for each in given.people]
    done = await caller.write(sending, lambda unit: _take(unit, sent.people(rows), "people", caller))
    return Taken.model_validate(done)


def _cells(given: BaseModel, leave_out: set[str] | None = None) -> dict[str, str]:
    """What was given, as the cells of a file: what was not given has none, and is left as it is."""
    values = given.model_dump(exclude_unset=True, exclude=leave_out)
    return {name: _cell(value) for name, value in values.items()}


def _cell(value: Any) -> str:
    match value:
        case bool() | None:
            return WORDS[value]
        case date():
            return value.isoformat()
        case list():
            return "; ".join(value)
    return str(value)


def _take(unit: Unit, plan: Plan, name: str, caller: Caller) -> dict[str, Any]:
    try:
        changes = at_once.do(unit, plan)
    except BadFile as wrong:
        raise Refused(400, "Nothing was taken: `errors` says what is wrong.", faults_of(wrong, name)) from None
    if changes.changes:
        at_once.note(unit, changes, name, by=caller.person.id)
    added = sum(each.new for each in changes.changes)
    return {
        "added": added,
        "changed": len(changes.changes) - added,
        "unchanged": changes.unchanged,
        "warnings": [f"{each.where}: {each.what}" if each.where else each.what for each in changes.warnings],
    }


@router.post("/audits/{reference}/grades", responses=described(404, 409))
async def give_grades(
    caller: Annotated[Caller, having("audits:write")], reference: Reference, given: GivenGrades, sending: Sent
) -> Done:
    """Take the grades of a piece of work in, as its auditor's form does. Alerts that follow go out at once."""
    values = {
        **given.answers,
        **({} if given.actions is None else {"actions": WORDS[given.actions]}),
        "immediate": given.immediate_concerns,
        "sure": True,
    }

    def work(unit: Unit) -> dict[str, Any]:
        audit = unit.session.exec(select(Audit).where(Audit.reference == reference)).first()
        if audit is None or audit.id not in grades_known(unit, [audit], caller.person):
            raise NotFound(NO_AUDIT)
        of_it = select(Deadline).where(Deadline.kind == AUDIT, Deadline.subject_type == "audit")
        last = of_it.where(Deadline.subject_id == audit.id).order_by(col(Deadline.id).desc())
        deadline = unit.session.exec(last).first()
        if deadline is None:
            raise BadRequest(f"Nobody owes the grades of {reference}. Nothing was changed.")
        if given.immediate_concerns and (unheard := OwnForm.of(unit, audit).unheard):
            # The form has no such tick, and what it does not ask would be left out without a word.
            raise Refused(400, NOTHING_SAVED, _faults({"immediate": unheard}, "/answers"))
        return _form(caller, unit, audit.auditor_id, SURE_FORM, deadline.token, values)

    return Done.model_validate(await caller.write(sending, work))


@router.post("/absences", responses=described(409))
async def give_absence(caller: Annotated[Caller, having("absences:write")], given: GivenAbsence, sending: Sent) -> Done:
    """Note that somebody is away, as quality assurance's form does: what is due goes to whoever stands in."""
    values = {
        "who": given.person,
        "from_on": given.from_on.isoformat(),
        "to_on": given.to_on.isoformat(),
        "deputy": given.deputy,
    }
    done = await caller.write(sending, lambda unit: _form(caller, unit, caller.person.id, "away", "", values, ""))
    return Done.model_validate(done)


@router.delete("/absences/{number}", responses=described(404, 409))
async def end_absence(caller: Annotated[Caller, having("absences:write")], number: Number, sending: Sent) -> Done:
    """End an absence today, or take out one that is to come."""

    def work(unit: Unit) -> dict[str, Any]:
        row = unit.session.get(Absence, number)
        if row is None:
            raise NotFound(NO_ABSENCE)
        absences.cut_short(unit, row, by=caller.person.id)
        return {"said": "Saved. What is due comes to them again."}

    return Done.model_validate(await caller.write(sending, work))


@router.post("/actions/{action}/done", responses=described(404, 409))
async def finish_action(
    caller: Annotated[Caller, having("actions:write")], action: Action, given: GivenAnswer, sending: Sent
) -> Done:
    """What was to be done is done, on its owner's word; with what is asked about it."""

    def work(unit: Unit) -> dict[str, Any]:
        deadline, owner = _open_action(unit, caller, action)
        if asked(unit, deadline)[1]:
            return _form(caller, unit, owner.id, "answer", action, given.answers)
        if given.answers:
            raise Refused(400, "Nothing is asked about this action.", [Fault(where="/answers", what="must be empty")])
        answers.check_window(unit, deadline)
        answers.answer(unit, deadline, {}, by=owner.id)
        return {"said": answers.THANKS}

    return Done.model_validate(await caller.write(sending, work))


@router.post("/actions/{action}/new-date", responses=described(404, 409))
async def put_action_off(
    caller: Annotated[Caller, having("actions:write")], action: Action, given: GivenDate, sending: Sent
) -> Done:
    """When an action will be done, on its owner's word, once."""
    values = {"new_date": given.new_date.isoformat(), "why": given.why}

    def work(unit: Unit) -> dict[str, Any]:
        _, owner = _open_action(unit, caller, action)
        return _form(caller, unit, owner.id, "not-yet", action, values, "")

    return Done.model_validate(await caller.write(sending, work))


def _open_action(unit: Unit, caller: Caller, token: str) -> tuple[Deadline, Staff]:
    """An action that this caller knows of and that is open, with its owner. Raises `NotFound`."""
    known = {each.token for each in tracked(unit, caller.person.id, with_done=False) if each.state != DONE}
    deadline = unit.session.exec(select(Deadline).where(Deadline.token == token)).first()
    owner = unit.directory.person(deadline.owner_id) if deadline is not None else None
    if deadline is None or owner is None or token not in known:
        raise NotFound(NO_ACTION)
    return deadline, owner


def _form(
    caller: Caller,
    unit: Unit,
    person_id: int,
    form: str,
    token: str,
    values: Mapping[str, Any],
    under: str = "/answers",
) -> dict[str, Any]:
    """Send a form in, and what is said of it. Raises `Refused` where it comes back."""
    reply: Reply = caller.callers.units.take_from(unit, person_id, form, token, values)
    match reply:
        case OpenForm(form=again) if again.errors:
            raise Refused(400, NOTHING_SAVED, _faults(again.errors, under))
        case OpenForm(form=again):
            raise Refused(409, again.intro or "Something else is here already. Nothing was changed.")
        case Say(text=said) | ShowCard(say=said):
            return {"said": said}
    raise TypeError(reply)


def _faults(errors: Mapping[str, str], under: str) -> list[Fault]:
    """What is wrong, at the places where it was given."""
    elsewhere = {"who": "/person", "actions": "/actions", "immediate": "/immediate_concerns", "": "/"}
    return [Fault(where=elsewhere.get(name, f"{under}/{name}"), what=what) for name, what in errors.items()]
