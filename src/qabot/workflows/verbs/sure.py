"""What raises an alert is shown once more before it counts: who would be told, and a tick that it is right.

What was sent is done in a part of the transaction of its own. If it raised an alert and nobody has ticked, that part is
undone and the form opens again: so nothing has to know beforehand what raises one.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from qabot.adapter import OpenForm, Reply
from qabot.messaging.form import Field, Form
from qabot.workflows.core.forms import as_given
from qabot.workflows.core.registry import FormSpec, Pressed, Registry
from qabot.workflows.verbs import alerts

FIELD = "sure"
ENDING = "-sure"


def register(registry: Registry, spec: FormSpec) -> None:
    """Register a form whose answer may raise an alert, and the same with the tick."""
    registry.form(replace(spec, take=partial(_take, spec)))
    asking = replace(spec, name=f"{spec.name}{ENDING}", button=spec.name, take=partial(_take, spec))
    registry.form(replace(asking, build=lambda pressed: _with_tick(spec.build(pressed))))


def take_and_confirm(registry: Registry, name: str, pressed: Pressed, clean: Mapping[str, Any]) -> Reply:
    """Take what a form was answered with, and tick it where it is shown once more: a story's people are sure."""
    reply = registry.forms[name].take(pressed, dict(clean))
    if isinstance(reply, OpenForm) and reply.form.name == f"{name}{ENDING}":
        return registry.forms[reply.form.name].take(pressed, {**clean, FIELD: True})
    return reply


def _with_tick(form: Form, sentence: str = "") -> Form:
    tick = Field(FIELD, "Yes, this is right", "tick", required=False, hint="If it is not, change it above.")
    intro = f"This is not sent yet. {sentence}" if sentence else form.intro
    return replace(form, name=f"{form.name}{ENDING}", intro=intro, fields=(*form.fields, tick))


def _take(spec: FormSpec, pressed: Pressed, clean: dict[str, Any]) -> Reply:
    unit, audit = pressed.unit, pressed.subject.audit
    is_sure = bool(clean.pop(FIELD, False))
    if is_sure or audit is None:
        return spec.take(pressed, clean)
    before = {each.id for each in alerts.open_alerts(unit, audit.id)}
    with unit.session.begin_nested() as part:
        reply = spec.take(pressed, clean)
        raised = any(each.id not in before for each in alerts.open_alerts(unit, audit.id))
        sentence = alerts.would_go_to(unit, audit, to=pressed.person.id) if raised else ""
        if raised:
            part.rollback()
            unit.session.expire_all()  # what was read again after a statement is not known to be undone
    return OpenForm(_again(spec.build(pressed), sentence, clean)) if raised else reply


def _again(form: Form, sentence: str, clean: Mapping[str, Any]) -> Form:
    given = {name: as_given(value) for name, value in clean.items() if value is not None}
    return replace(_with_tick(form, sentence), values={**form.values, **given})
