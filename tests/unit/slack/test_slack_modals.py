"""Forms as modals: every kind of question, first values, errors, pages."""

from dataclasses import replace
from datetime import date

import pytest

from qabot.messaging.form import Field, Form, Option
from qabot_slack.modals import Origin, answers, field_errors, form_view, origin_of, pages
from qabot_slack.validate import view_problems
from tests.support.slack import Json, texts
from tests.support.slack.limits import controls, view_errors
from tests.support.slack.workspace import Workspace


def options(count: int) -> tuple[Option, ...]:
    return tuple(Option(f"o{number}", f"Option {number}") for number in range(count))


EVERY = Form(
    name="every",
    title="Every kind of question that there is",
    intro="Please answer.",
    token="t1",
    fields=(
        Field("text", "A text"),
        Field("long", "A long text", "long-text", max_length=5000),
        Field("few", "A choice of few", "choice", options=options(3)),
        Field("many", "A choice of many", "choice", options=options(30)),
        Field("hundreds", "A choice of hundreds", "choice", options=options(250)),
        Field("some", "Choices", "choices", options=options(4)),
        Field("lots", "Choices of many", "choices", options=options(20)),
        Field("day", "A day", "date", earliest=date(2026, 11, 21), latest=date(2026, 12, 24)),
        Field("who", "A colleague", "person"),
        Field("one", "One of these colleagues", "person", options=(Option("7", "Sam Okafor"),)),
        Field("count", "A number", "number"),
        Field("true", "This is so", "tick"),
        Field("free", "Anything else?", required=False),
    ),
)
GIVEN = {
    "text": "words",
    "long": "more words",
    "few": "o1",
    "many": "o29",
    "hundreds": "o249",
    "some": ["o1", "o3"],
    "lots": ["o19"],
    "day": "2026-12-01",
    "who": "7",
    "one": "7",
    "count": "3",
    "true": True,
}


def kept(view: Json) -> Json:
    return Workspace().keep_view(view, "U1")


def test_every_kind_of_question_is_drawn_within_the_limits() -> None:
    view = form_view(EVERY, Origin(), {})
    assert view_errors(view) == []
    assert view_problems(view) == []


def test_first_values_come_back_as_they_went_in() -> None:
    view = form_view(replace(EVERY, values=GIVEN), Origin(), {"7": "Sam Okafor"})
    assert view_errors(view) == []
    assert answers(kept(view)) == {**GIVEN, "free": None}


def test_what_was_left_out_comes_back_as_nothing() -> None:
    left_out = answers(kept(form_view(EVERY, Origin(), {})))
    assert left_out["text"] is None
    assert left_out["some"] == []
    assert left_out["true"] is False


def test_a_modal_knows_what_it_belongs_to() -> None:
    origin = origin_of(form_view(EVERY, Origin(channel="D1", ts="1.2"), {}))
    assert (origin.form, origin.token, origin.channel, origin.ts) == ("every", "t1", "D1", "1.2")


def test_a_modal_of_another_version_belongs_nowhere() -> None:
    assert origin_of({"private_metadata": "{not json"}) == Origin()
    assert origin_of({"private_metadata": '{"older": 1}'}) == Origin()


def test_a_title_too_long_for_the_frame_stands_in_the_modal() -> None:
    view = form_view(EVERY, Origin(), {})
    assert view["title"]["text"] == "Every kind of question…"
    assert view["blocks"][0]["text"]["text"] == EVERY.title


def test_the_days_that_may_be_chosen_are_told() -> None:
    hints = [block["hint"]["text"] for block in form_view(EVERY, Origin(), {})["blocks"] if "hint" in block]
    assert "From 21 November 2026 to 24 December 2026." in hints


def test_an_option_longer_than_slack_shows_goes_on_in_its_second_line() -> None:
    label = "I have read the guidance on recording and I have talked it through with my practice lead this month"
    form = replace(EVERY, fields=(Field("q", "?", "choice", options=(Option("a", label), Option("b", "No"))),))
    option = form_view(form, Origin(), {})["blocks"][-1]["element"]["options"][0]
    assert f"{option['text']['text'].rstrip('…')} {option['description']['text']}" == label


def test_errors_beside_fields_need_all_their_fields_on_the_page() -> None:
    view = form_view(EVERY, Origin(), {})
    wrong = replace(EVERY, errors={"text": "Write an answer."})
    assert field_errors(wrong, view) == {"text": "Write an answer."}
    assert field_errors(replace(EVERY, errors={"elsewhere": "No."}), view) is None


def test_errors_that_come_with_a_form_stand_above_their_fields() -> None:
    view = form_view(replace(EVERY, errors={"text": "Write <!channel>.", "": "Please look again."}), Origin(), {})
    words = texts(view["blocks"])
    assert any("Please look again." in each for each in words)
    assert any("Write &lt;!channel&gt;." in each for each in words)
    assert not any(controls(each) for each in words)


@pytest.mark.parametrize("count", [1, 40, 41, 90, 200])
def test_pages_hold_every_question_in_order(count: int) -> None:
    form = Form("survey", "Survey", tuple(Field(f"q{number}", "?") for number in range(count)))
    asked = [field.name for page in pages(form) for field in page]
    assert asked == [f"q{number}" for number in range(count)]
    for number in range(len(pages(form))):
        assert view_errors(form_view(form, Origin(page=number), {})) == []


def test_a_form_of_few_but_huge_questions_is_paged_too() -> None:
    fields = tuple(Field(f"q{number}", "?", "choice", options=options(2500)) for number in range(3))
    form = Form("huge", "Huge", fields)
    assert len(pages(form)) > 1
    assert view_errors(form_view(form, Origin(), {})) == []
    assert view_problems(form_view(form, Origin(), {})) == []
