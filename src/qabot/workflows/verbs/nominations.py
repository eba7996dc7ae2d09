"""Nominations: a Good Practice Evidence Record about a colleague (NCT-REC-1 to -3; the fields are ours, 3.3)."""

import hashlib
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from sqlmodel import select

from qabot.adapter import OpenForm, Reply, Say
from qabot.framework.vocabulary import NOMINATION
from qabot.messaging.form import Field, Form, Option
from qabot.models import Nomination
from qabot.models.rows import AuditRow
from qabot.planning.recipients import runs_quality
from qabot.workflows.core import moments, topic
from qabot.workflows.core.registry import FormSpec, Pressed, Registry, Verb, Word
from qabot.workflows.core.unit import Unit

LOOK_BACK_DAYS = 365
SEEN_IN = ("Audit", "Observation", "Meeting", "Record", "Feedback from a family", "Other")
TAGS = (
    "Decisions that weigh risk sensibly",
    "The child's voice",
    "Working together",
    "Analysis in records",
    "Simple, respectful language",
    "Knowledge and research",
    "Listening to families",
)


FORM = "nominate"
"""The name of the form by which colleagues nominate."""


def register(registry: Registry) -> None:
    """How colleagues nominate."""
    registry.verb(Verb("nominate", lambda subject: "Nominate a colleague", _open, lambda subject: True, for_all=True))
    registry.form(FormSpec(FORM, build, _take, for_all=True))
    registry.link("open-library", lambda subject: "Open the library", lambda subject: "/good-practice")
    registry.word(Word("nominate", "Tell us about a colleague's good practice", _open, shows=True))


def _open(pressed: Pressed) -> Reply:
    return OpenForm(build(pressed))


def build(pressed: Pressed) -> Form:
    """The form, filled for nobody yet."""
    reference = pressed.unit.framework.council.case_reference
    audit = pressed.subject.audit
    today = pressed.unit.today
    return Form(
        name=FORM,
        title="Nominate a colleague",
        intro="Your colleague, their line manager and the QA service will see this. It is kept on record. "
        "Please do not name or describe a child or a family.",
        fields=(
            Field("nominee", "Who did well?", "person", hint="A colleague, not yourself"),
            Field(
                "seen_on",
                "When did you see it?",
                "date",
                hint="For example 2026-11-20",
                earliest=today - timedelta(days=LOOK_BACK_DAYS),
                latest=today,
            ),
            Field(
                "what",
                "What did your colleague do?",
                "long-text",
                max_length=1000,
                case_reference=reference,
                hint="Say what you saw, without anybody's name from the case",
            ),
            Field("difference", "What difference did it make?", "long-text", max_length=1000, case_reference=reference),
            Field("seen_in", "Where did you see it?", "choice", options=_options(SEEN_IN)),
            Field("tags", "What was it about?", "choices", required=False, options=_options(TAGS)),
            Field(
                "case_reference",
                "Case reference",
                "text",
                required=False,
                max_length=20,
                case_reference=reference,
                hint="Only if it helps. Your colleague, their line manager and the QA service see it",
            ),
            Field("no_child", "I have not named or described a child or family", "tick"),
        ),
        values=_from_work(audit) if audit is not None else {},
        submit="Send nomination",
        token=pressed.token,
    )


def _from_work(audit: AuditRow) -> dict[str, Any]:
    """What the form starts with behind a card about a piece of work: whose it is, and that it was seen there."""
    given = {"nominee": str(audit.practitioner_id) if audit.practitioner_id else None, "seen_in": SEEN_IN[0]}
    return {name: value for name, value in given.items() if value is not None}


def _options(labels: Iterable[str]) -> tuple[Option, ...]:
    return tuple(Option(label, label) for label in labels)


def _take(pressed: Pressed, clean: dict[str, Any]) -> Reply:
    unit, nominee = pressed.unit, unit_person(pressed.unit, clean["nominee"])
    if nominee is None or nominee == pressed.person.id:
        own = nominee is not None
        error = "Choose a colleague: this is not for oneself." if own else "Choose a person from the list."
        form = build(pressed)
        form.errors["nominee"] = error
        return OpenForm(form)
    nominate(unit, nominee, clean, by=pressed.person.id)
    return Say(f"Thank you. {unit.directory.name(nominee)} will hear from us in their working hours.")


def unit_person(unit: Unit, person_id: int) -> int | None:
    """The id again if it is that of somebody who works here."""
    return person_id if unit.directory.person(person_id) is not None else None


def nominate(unit: Unit, nominee: int, clean: dict[str, Any], *, by: int) -> bool:
    """Keep a nomination and share it with the nominee, their line manager and the QA service (NCT-REC-3, B5).

    False if this very nomination was sent before.
    """
    parts = f"{by}|{nominee}|{clean['seen_on'].isoformat()}|{clean['what']}|{clean['difference']}"
    once = hashlib.sha256(parts.encode()).hexdigest()
    if unit.session.exec(select(Nomination.id).where(Nomination.once == once)).first() is not None:
        return False
    row = Nomination(
        nominee_id=nominee,
        nominator_id=by,
        submitted_at=unit.now,
        seen_on=clean["seen_on"],
        what=clean["what"],
        difference=clean["difference"],
        seen_in=clean["seen_in"],
        tags=clean.get("tags") or [],
        case_reference=clean.get("case_reference"),
        once=once,
    )
    unit.session.add(row)
    unit.session.flush()
    unit.event("nominated", actor=by, subject=("nomination", row.id), rule=unit.framework.processes.nomination)
    _share(unit, row)
    team = unit.directory.people[nominee].team_id
    moments.happen(unit, NOMINATION, "given", topic.About.nomination(row, team), by=by)
    return True


def _share(unit: Unit, row: Nomination) -> None:
    rule, nominee = unit.framework.processes.nomination_shared, unit.directory.people[row.nominee_id]
    messages = {row.nominee_id: "nomination-received"}
    if unit.directory.person(nominee.line_manager_id) is not None and nominee.line_manager_id is not None:
        messages.setdefault(nominee.line_manager_id, "nomination-manager")
    for person in runs_quality(unit.directory, unit.framework, unit.today):
        messages.setdefault(person, "nomination-qa")
    messages.setdefault(row.nominator_id, "nomination-copy")
    for person, message in messages.items():
        unit.notify(
            message,
            person,
            rule=rule,
            subject=("nomination", row.id),
            alone=True,
            key=f"nomination:{row.id}:{person}",
            reason=f"{rule}: shared with practitioner, line manager and QA",
        )
