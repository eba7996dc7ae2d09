"""Picking cases: a form for references, in every chat and on the web; and taking back what was picked."""

from typing import Any

from qabot.adapter import OpenForm, Reply, Say
from qabot.errors import BadRequest
from qabot.messaging.form import Field, Form
from qabot.models import Cycle, Deadline
from qabot.workflows.core.registry import FormSpec, Pressed, Registry, Verb, labelled
from qabot.workflows.core.subjects import Subject
from qabot.workflows.core.unit import Unit
from qabot.workflows.programme import picking, picking_needs

FORM, BACK_FORM = "pick-cases", "take-back-cases"
LONGEST = 3000
"""Characters of references in one form: some three hundred."""
MOST_SAID = 8
"""Of what is wrong with a list, how much is said at once."""


def register(registry: Registry) -> None:
    """The button of whoever picks, its form, and the way to the page."""
    registry.verb(Verb(FORM, labelled("Pick cases"), _open, _waiting, "primary"))
    registry.form(FormSpec(FORM, form, _take))
    registry.form(FormSpec(BACK_FORM, _back_form, _take_back))
    registry.link("open-picking", lambda subject: "See all cases, and pick on a page", _page)


def _waiting(subject: Subject) -> bool:
    return subject.open and subject.duty is not None and subject.duty.picks


def _page(subject: Subject) -> str:
    return f"/picking/{subject.cycle.id}" if subject.cycle is not None else ""


def _open(pressed: Pressed) -> Reply:
    return OpenForm(form(pressed))


def _references(unit: Unit, label: str, hint: str) -> Field:
    pattern = unit.framework.council.case_reference
    return Field("references", label, "long-text", max_length=LONGEST, case_reference=pattern, hint=hint)


def form(pressed: Pressed) -> Form:
    """Asks for references, and whom they are for. Raises `BadRequest` if nothing is wanted any more."""
    unit, deadline = pressed.unit, pressed.open_deadline()
    cycle, activity = picking.cycle_of(unit, deadline)
    need = picking_needs.Need.of(unit, activity, cycle)
    return Form(
        name=FORM,
        title=f"Cases for {activity.plural}: {cycle.name}",
        intro=f"{_standing(need)} Case references only, please, and nothing about a child.",
        fields=(
            _references(unit, "Case references", "One or several, with a space, a comma or a new line between them"),
            Field(
                "for",
                "Whom are they for?",
                "person",
                required=False,
                hint="Leave this empty to have them shared out by chance among those who still need one",
            ),
        ),
        submit="Pick these",
        token=pressed.token,
    )


def _standing(need: picking_needs.Need) -> str:
    left = need.total - need.usable
    idle = need.given + len(need.picks) - need.usable
    spare = f" {idle} that were picked can be given to nobody who still needs one." if left and idle > 0 else ""
    return f"{need.total} are wanted, and {need.usable} of them picked.{spare}"


def _take(pressed: Pressed, clean: dict[str, Any]) -> Reply:
    unit, deadline = pressed.unit, pressed.open_deadline()
    cycle, activity = picking.cycle_of(unit, deadline)
    references = picking.references_in(clean["references"])
    wrong = picking.pick(unit, activity, cycle, references, clean.get("for"), pressed.person.id)
    if wrong:
        again = form(pressed)
        again.errors["references"] = said(wrong)
        return OpenForm(again)
    return Say(_thanks(unit, cycle, deadline, len(references)))


def said(wrong: list[str]) -> str:
    """What is wrong with a list of references, as one text: nothing of it was picked."""
    more = len(wrong) - MOST_SAID
    rest = f" And {more} more." if more > 0 else ""
    return f"{' '.join(wrong[:MOST_SAID])}{rest} Nothing was picked yet; correct this and send it again."


def _thanks(unit: Unit, cycle: Cycle, deadline: Deadline, count: int) -> str:
    _, activity = picking.cycle_of(unit, deadline)
    need = picking_needs.Need.of(unit, activity, cycle)
    what = "1 case is" if count == 1 else f"{count} cases are"
    left = need.total - need.usable
    return f"Thank you. {what} picked" + (f", and {left} still wanted." if left > 0 else ", and that is all.")


def _back_form(pressed: Pressed) -> Form:
    return Form(
        name=BACK_FORM,
        title="Take back what was picked",
        fields=(_references(pressed.unit, "Case references", "Those that are not given to anybody yet"),),
        submit="Take back",
        token=pressed.token,
    )


def _take_back(pressed: Pressed, clean: dict[str, Any]) -> Reply:
    unit, deadline = pressed.unit, pressed.subject.deadline
    if deadline is None:
        raise BadRequest("Please open the page of the cycle's cases, and take them back there.")
    cycle, activity = picking.cycle_of(unit, deadline)
    count = picking.take_back(unit, activity, cycle, picking.references_in(clean["references"]), pressed.person.id)
    if not count:
        return Say("Nothing was taken back: what was picked is given to somebody already, or was not picked.")
    return Say(f"{'1 case is' if count == 1 else f'{count} cases are'} taken back.")
