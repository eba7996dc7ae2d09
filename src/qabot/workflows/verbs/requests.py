"""Asking somebody for a piece of work, with a date of its own: those may whose role the file names (`asked-by`)."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlmodel import select

from qabot.adapter import OpenForm, Reply, Say
from qabot.errors import BadRequest
from qabot.framework.activities import Activity
from qabot.framework.calendar import local_day
from qabot.messaging.form import Field, Form, Option
from qabot.messaging.values import capital, join_and
from qabot.models import Audit, AuditState, Case
from qabot.workflows.core.registry import FormSpec, Pressed, Registry, Verb, Word
from qabot.workflows.core.unit import Unit
from qabot.workflows.core.words import say_day
from qabot.workflows.programme.allocation import new_reference, open_work, tell_given, why_not
from qabot.workflows.verbs import naming

FORM = "ask-for"
LATEST = timedelta(days=366)
FIELDS = {"case": "case", "person": "whom", "place": "what", "theme": "what"}
"""The field of the form that says what work is about."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for: of which activity, from whom (`doer`), by when, and the case, person, or place or theme."""

    activity: str
    doer: int
    due: date
    case: str = ""
    whom: int | None = None
    what: str = ""

    @property
    def given(self) -> dict[str, object]:
        """What it says it is about, by the form's fields."""
        return {"case": self.case, "whom": self.whom, "what": self.what}


def register(registry: Registry) -> None:
    """How work is asked for."""
    registry.verb(Verb(FORM, lambda subject: "Ask for a piece of work", _open, lambda subject: True, for_all=True))
    registry.form(FormSpec(FORM, form, _take, for_all=True))
    registry.word(Word("ask", "Ask a colleague for a piece of work", _open, shows=True))


def to_ask_for(unit: Unit, person_id: int) -> dict[str, Activity]:
    """The activities of which somebody may ask for a piece today."""
    holds = {
        role
        for role, held in unit.directory.roles.items()
        if any(each.person_id == person_id and each.holds_on(unit.today) for each in held)
    }
    without = unit.framework.without
    activities = unit.framework.activities.items()
    return {name: each for name, each in activities if holds & set(each.asked_by) and each.rule not in without}


def _open(pressed: Pressed) -> Reply:
    if not to_ask_for(pressed.unit, pressed.person.id):
        return Say("Nothing here is asked for by you: the council's framework says who asks for which work.")
    return OpenForm(form(pressed))


def form(pressed: Pressed) -> Form:
    """What is asked for, of whom, about what and by when. Raises `BadRequest` for whoever may ask for nothing."""
    unit, today = pressed.unit, pressed.unit.today
    offered = to_ask_for(unit, pressed.person.id)
    if not offered:
        raise BadRequest("Nothing here is asked for by you: the council's framework says who asks for which work.")
    only = next(iter(offered.values())) if len(offered) == 1 else None
    options = tuple(Option(name, each.title) for name, each in offered.items())
    tomorrow = today + timedelta(days=1)
    return Form(
        name=FORM,
        title=f"Ask for: {only.title}" if only else "Ask for a piece of work",
        intro="Whoever you ask hears from us, and is reminded as for any other work. It counts to nobody's number.",
        fields=(
            *(() if only else (Field("activity", "What do you ask for?", "choice", options=options),)),
            Field("doer", "Who does it?", "person", hint="A colleague, or yourself"),
            *_about_fields(unit, offered),
            Field("due", "By when?", "date", earliest=tomorrow, latest=today + LATEST),
        ),
        submit="Ask for it",
        token=pressed.token,
    )


def _about_fields(unit: Unit, offered: dict[str, Activity]) -> list[Field]:
    """A field for each thing that one of these is about; needed if all of them are about that."""
    kinds = list(dict.fromkeys(each.about for each in offered.values()))
    fields: list[Field] = []
    if "case" in kinds:
        pattern, hint = unit.framework.council.case_reference, "The council's own case reference"
        needed = kinds == ["case"]
        fields.append(Field("case", "Which case?", max_length=20, required=needed, case_reference=pattern, hint=hint))
    if "person" in kinds:
        fields.append(naming.about_field(unit, "person", required=kinds == ["person"]))
    if named := [each for each in kinds if each in ("place", "theme")]:
        fields.append(naming.about_field(unit, " or ".join(named), required=set(kinds) == set(named)))
    return fields


def _take(pressed: Pressed, clean: dict[str, Any]) -> Reply:
    unit = pressed.unit
    name = clean.get("activity") or next(iter(to_ask_for(unit, pressed.person.id)))
    request = Request(
        name, clean["doer"], clean["due"], clean.get("case") or "", clean.get("whom"), clean.get("what") or ""
    )
    if wrong := faults(unit, request):
        again = form(pressed)
        again.errors.update(wrong)
        return OpenForm(again)
    if (known := _asked_before(unit, request, pressed.person.id)) is not None:
        return Say(f"You have asked for this already: it is {known}, and nothing was added.")
    audit = ask(unit, request, by=pressed.person.id)
    who = "You" if request.doer == pressed.person.id else unit.directory.name(request.doer)
    return Say(f"Thank you. {audit.reference} is due on {say_day(audit.due_on)}. {who} will hear from us.")


def _asked_before(unit: Unit, request: Request, by: int) -> str | None:
    """The reference of the very same, where it was asked for today and waits: the form came from a second tab."""
    query = select(Audit).where(
        Audit.asked_by_id == by,
        Audit.activity == request.activity,
        Audit.auditor_id == request.doer,
        Audit.due_on == request.due,
        Audit.what == request.what,
        Audit.state == AuditState.allocated,
    )
    case, whom = request.case or None, request.whom
    for each in unit.session.exec(query):
        same = each.case_reference == case and whom in (None, each.practitioner_id)
        if same and local_day(each.allocated_at) == unit.today:
            return each.reference
    return None


def faults(unit: Unit, request: Request) -> dict[str, str]:
    """Why this cannot be asked for, by the form's fields; empty if it can."""
    activity, doer = unit.framework.activities[request.activity], unit.directory.person(request.doer)
    if doer is None:
        return {"doer": "Choose a person from the list."}
    days = (unit.today + timedelta(days=each) for each in range(1, (request.due - unit.today).days + 1))
    if not any(doer.works(day, unit.situation.calendar) for day in days):
        return {"due": f"{doer.name} is not at work before that day. Choose a later day, or ask somebody else."}
    wrong = _about_faults(unit, activity, request)
    if not wrong and (why := why_not(unit, _piece(unit, request), doer.id)):
        wrong = {"doer": f"{doer.name} {why} this case. Choose somebody else."}
    return wrong


def _about_faults(unit: Unit, activity: Activity, request: Request) -> dict[str, str]:
    field = FIELDS.get(activity.about, "")
    said = "nothing in particular" if activity.about == "nothing" else f"a {activity.about}"
    if extra := [name for name, value in request.given.items() if value and name != field]:
        return {extra[0]: f"{capital(activity.title)} is about {said}: leave this empty."}
    if field and not request.given[field]:
        return {field: f"{capital(activity.title)} is about {said}: say which." if field != "whom" else "Choose one."}
    if request.whom is not None and (wrong := naming.fault(unit, request.whom, request.doer)):
        return {"whom": wrong}
    if request.case and not re.fullmatch(unit.framework.council.case_reference, request.case):
        return {"case": "This is not a case reference of this council."}
    return {}


def _piece(unit: Unit, request: Request) -> Audit:
    """The piece of work that is asked for, not written yet."""
    activity = unit.framework.activities[request.activity]
    case = unit.session.exec(select(Case).where(Case.reference == request.case)).first() if request.case else None
    team_of = unit.directory.person(request.whom or request.doer)
    return Audit(
        reference=new_reference(unit),
        activity=request.activity,
        about=activity.about,
        what=request.what,
        case_reference=request.case or None,
        team_id=case.team_id if case else team_of.team_id if team_of is not None else None,
        practitioner_id=case.practitioner_id if case else request.whom,
        auditor_id=request.doer,
        due_on=request.due,
        allocated_at=unit.now,
    )


def ask(unit: Unit, request: Request, *, by: int) -> Audit:
    """Ask for a piece of work. Raises `BadRequest` if this person may not, or if it cannot be asked for."""
    if request.activity not in to_ask_for(unit, by):
        raise BadRequest(f"{unit.directory.name(by)} does not ask for {request.activity!r}: no role of theirs does.")
    if wrong := faults(unit, request):
        raise BadRequest(join_and(wrong.values()))
    activity, audit = unit.framework.activities[request.activity], _piece(unit, request)
    audit.asked_by_id = by
    unit.session.add(audit)
    unit.session.flush()
    subject = ("audit", audit.id)
    name = unit.directory.name(by)
    unit.event(
        "work-asked", actor=by, subject=subject, rule=activity.rule, why=f"{activity.title}: asked for by {name}"
    )
    number = open_work(unit, audit, activity, unit.today)
    tell_given(
        unit,
        audit,
        number,
        "work-given",
        rule=activity.rule,
        key=f"asked:{audit.id}",
        reason=f"{name} asked for it",
        alone=True,
        params={"asked": name},
    )
    return audit


def returned(unit: Unit, audit: Audit, *, by: int) -> None:
    """Work that was asked for is given back, because whoever was asked knows its case: who asked for it hears so."""
    if audit.asked_by_id is None or unit.directory.person(audit.asked_by_id) is None or audit.asked_by_id == by:
        return
    activity = unit.framework.activity(audit.activity)
    unit.notify(
        "work-returned",
        audit.asked_by_id,
        rule=activity.rule if activity else "",
        subject=("audit", audit.id),
        key=f"returned:{audit.id}",
        reason="Whoever was asked knows the case",
        params={"by": unit.directory.name(by)},
    )
