"""Forms in a card: what is asked, what comes back."""

from datetime import date

import pytest

from qabot.adapter import PersonOption
from qabot.messaging.form import Field, Form, Option, check
from qabot_teams.forms import answers, draw_form
from tests.support.teams.cards import buttons, parts, problems, shown
from tests.support.teams.service import date_form, nomination_form

PEOPLE = {"nominee": [PersonOption(1, "Priya Raman"), PersonOption(2, "Tom Reed")]}
OPTIONS = (Option("a,b", "A, and b"), Option("100%", "All of it"), Option("c", "C"))
EVERY_KIND = Form(
    "every",
    "Every kind of question",
    (
        Field("short", "Short?", max_length=40),
        Field("long", "Long?", "long-text"),
        Field("one", "One?", "choice", options=OPTIONS),
        Field("some", "Some?", "choices", options=OPTIONS),
        Field("day", "Which day?", "date", earliest=date(2026, 11, 1), latest=date(2026, 12, 1)),
        Field("who", "Who?", "person"),
        Field("sure", "I am sure", "tick"),
        Field("many", "How many?", "number"),
    ),
)
VALUES = {
    "short": "x",
    "long": "y\nz",
    "one": "c",
    "some": ["a,b", "100%"],
    "day": "2026-11-20",
    "who": "2",
    "sure": True,
    "many": "3",
}


def _inputs(form: Form, **more: object) -> dict[str, dict[str, object]]:
    card = draw_form(form, {"who": PEOPLE["nominee"]}, **more)  # type: ignore[arg-type]
    return {each["id"].split(":")[1]: each for each in parts(card) if str(each.get("type")).startswith("Input.")}


@pytest.mark.parametrize("dialog", [True, False])
@pytest.mark.parametrize("form", [EVERY_KIND, date_form(), nomination_form()], ids=lambda form: form.name)
def test_every_form_is_a_card_that_teams_takes(form: Form, dialog: bool) -> None:
    assert problems(draw_form(form, PEOPLE, dialog=dialog, opens={"word": "x"})) == []
    wrong = Form(form.name, form.title, form.fields, errors={each.name: "Write an answer." for each in form.fields})
    card = draw_form(wrong, PEOPLE, dialog=dialog)
    assert problems(card) == []
    assert f"Please look at {len(form.fields)} answers again." in shown(card)


def test_what_was_written_comes_back_as_it_was_sent() -> None:
    drawn = _inputs(Form(EVERY_KIND.name, EVERY_KIND.title, EVERY_KIND.fields, values=VALUES))
    sent = {str(each["id"]): each["value"] for each in drawn.values()}
    assert answers(sent) == VALUES
    clean, errors = check(EVERY_KIND, answers(sent))
    assert errors == {}
    assert clean["some"] == ["a,b", "100%"]


def test_nothing_filled_in_is_nothing() -> None:
    sent = {"text:short": None, "choices:some": "", "tick:sure": "false", "date:day": "", "who": "?", "other:x": "y"}
    assert answers(sent) == {"short": "", "some": [], "sure": False, "day": ""}


def test_required_inputs_say_what_is_missing_and_optional_ones_that_they_are() -> None:
    inputs = _inputs(nomination_form())
    assert inputs["what"]["errorMessage"] == "Write an answer."
    assert inputs["tags"]["label"] == "What was it about? (optional)"
    assert "errorMessage" not in inputs["tags"]
    assert _inputs(date_form())["on"]["errorMessage"] == "Give a date from 21 November 2026 to 30 January 2027."
    assert _inputs(date_form())["on"]["max"] == "2027-01-30"


def test_a_dialog_knows_action_submit_alone_and_carries_its_message() -> None:
    found = buttons(draw_form(date_form(), {}, dialog=True, message="message-1"))
    assert [each["type"] for each in found.values()] == ["Action.Submit"]
    assert found["Save new date"]["data"] == {"form": "not-yet", "token": "t-action", "message": "message-1"}


def test_a_form_without_a_way_to_open_it_again_has_one_button() -> None:
    assert set(buttons(draw_form(date_form(), {}))) == {"Save new date"}
    assert set(buttons(draw_form(date_form(), {}, opens={"word": "x"}))) == {"Save new date", "Open in a window"}
