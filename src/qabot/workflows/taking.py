"""A form that was sent is looked at, taken by its verb, and answered: the one way, by whatever it came."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlmodel import Session

from qabot.adapter import OpenForm, Reply
from qabot.errors import BadRequest, NotAllowed, NotFound
from qabot.messaging.form import Form
from qabot.workflows.access import presses
from qabot.workflows.core import open_forms, texts
from qabot.workflows.core.rates import Rates
from qabot.workflows.core.registry import FormSpec, Pressed, Registry
from qabot.workflows.core.unit import Unit
from qabot.workflows.verbs import nominations

Sure = Callable[[Session], None]
"""Asked before something is done, in its transaction: raises what forbids it."""


def taken_as_said(_: Session) -> None:
    """A platform has signed for them: there is nothing more to ask."""


def take(pressed: Pressed, spec: FormSpec, values: Mapping[str, Any], rates: Rates) -> Reply:
    """Take a form that this person may send here; the form again where something is wrong with it."""
    unit, person = pressed.unit, pressed.person
    given = texts.look_at(unit, spec.build(pressed), values)
    given.errors.update({**spec.also(pressed, given.clean), **given.errors})
    if given.errors:
        given.count_blocked(unit)
        return given.again()
    try:
        rates.take("nomination" if spec.name == nominations.FORM else "act", person.id)
    except BadRequest as too_many:
        return given.again({"": str(too_many)})
    reply = spec.take(pressed, given.clean)
    if isinstance(reply, OpenForm):
        return given.once_more(reply.form)
    open_forms.sent(unit, pressed.notice, reply)
    given.note_kept(unit, person.id)
    unit.session.flush()
    return reply


def take_from(
    unit: Unit, registry: Registry, rates: Rates, person_id: int, form: str, token: str, values: Mapping[str, Any]
) -> Reply:
    """Take a form from a person whom somebody else vouches for. People in its answers are named by e-mail address.

    Raises `NotFound` if it is not there, `NotAllowed` if it is not theirs to send.
    """
    person, spec = unit.directory.person(person_id), registry.forms.get(form)
    if person is None or spec is None:
        raise NotFound(presses.NO_FORM)
    pressed = presses.take_up(unit, person, token)
    if not presses.is_on_card(pressed, spec):
        raise NotFound(presses.OLD_BUTTON)
    if not presses.may_use(pressed, spec):
        raise NotAllowed(presses.refusal(pressed))
    return take(pressed, spec, _with_people(unit, spec.build(pressed), values), rates)


def _with_people(unit: Unit, form: Form, values: Mapping[str, Any]) -> dict[str, Any]:
    """The answers with people by their ids; whoever is not known stays as they were named, which is refused."""
    ids = {each.email.casefold(): str(each.id) for each in unit.directory.people.values() if each.active}
    fields = {each.name for each in form.fields if each.kind == "person"}
    return {
        name: ids.get(str(value).strip().casefold(), value) if name in fields else value
        for name, value in values.items()
    }
