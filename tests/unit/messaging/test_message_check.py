"""The check finds what people should not read and what a platform cannot show."""

from pathlib import Path

import pytest

from qabot.messaging.card import Limits
from qabot.messaging.check import check_catalogue, style
from qabot.messaging.files import Catalogue
from qabot.messaging.house import read_house
from tests.unit.messaging.writing import FRONT, Write

HOUSE = read_house([Path(__file__).parents[3] / "messages"])
LABELS = {"acknowledge": "Acknowledge alert QA-1042"}
GOOD = "# Title\n\nIf you need help, tell us.\n"


def problems(folder_of: Write, body: str, *, more: str = "", limits: Limits | None = None) -> list[str]:
    catalogue = Catalogue.load([folder_of(body, more=more)])
    return [str(problem) for problem in check_catalogue(catalogue, LABELS, {"slack": limits or Limits()})]


def test_a_good_message_has_no_problems(write: Write) -> None:
    assert problems(write, GOOD, more="buttons: [acknowledge]\n") == []


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("Please do it now!", "exclamation"),
        ("It is overdue.", '"overdue"'),
        ("You must reply.", '"must"'),
        ("Reply asap.", '"asap"'),
        ("It is DUE.", '"DUE"'),
        ("It is RED.", "RED (Inadequate)"),
        ("Ring 07700 900123.", "phone number"),
        ("The child in E13 9PJ.", "postcode"),
    ],
)
def test_house_style_is_held_with_the_line(write: Write, line: str, what: str) -> None:
    (found,) = problems(write, f"{GOOD}\n{{% if alert %}}\n{line}\n{{% endif %}}\n")
    assert what in found
    assert "message.md:11:1" in found


def test_known_abbreviations_and_colours_with_their_words_are_fine() -> None:
    assert list(style("The QA service tells SLT about a PIM: RED (Inadequate), 20% of all", HOUSE)) == []


def test_an_alert_says_whom_to_phone(write: Write) -> None:
    place = write("# x\n")
    (place / "message.md").write_text(FRONT.format(more="").replace("due", "alert") + GOOD, "utf-8")
    (found,) = check_catalogue(Catalogue.load([place]), LABELS, {})
    assert "council.duty_line" in found.what


def test_there_is_always_a_way_to_ask_for_help(write: Write) -> None:
    (found,) = problems(write, "# Title\n\nDo it.\n")
    assert "help or more time" in found


def test_practitioners_never_learn_a_grade(write: Write) -> None:
    found = problems(write, GOOD + "\n{{ audit.grade }}\n", more="audience: [social-worker]\n")
    assert any("never learns of a grade" in one for one in found)
    told_another_way = GOOD + "\nIt is {{ audit['gr' ~ 'ade'] }}.\n"
    assert any("shows a grade" in one for one in problems(write, told_another_way, more="audience: [team]\n"))
    assert problems(write, GOOD + "\n{{ audit.grade }}\n", more="audience: [service-manager]\n") == []


def test_a_summary_gives_nothing_away(write: Write) -> None:
    place = write(GOOD)
    for summary, what in (
        ("Case 12 is waiting.", '"12"'),
        ("A RED (Inadequate) audit is here.", '"RED"'),
        ("Something about a child.", '"child"'),
        ("task", "full sentence"),
    ):
        text = FRONT.format(more="").replace("You have something to see.", summary)
        (place / "message.md").write_text(text + GOOD, "utf-8")
        found = [str(problem) for problem in check_catalogue(Catalogue.load([place]), LABELS, {})]
        assert any(what in one and ":3:1: summary:" in one for one in found)


def test_a_button_that_no_workflow_offers_is_named(write: Write) -> None:
    (found,) = problems(write, GOOD, more="buttons: [not-there]\n")
    assert "message.md:5:1: buttons: no workflow offers not-there" in found


def test_a_link_to_one_thing_under_a_list_belongs_to_its_rows(write: Write) -> None:
    def found(more: str) -> list[str]:
        catalogue = Catalogue.load([write(GOOD, more=more)])
        labels = {"open-item": "Open QA-1042", "more-time": "I need help"}
        return [str(each) for each in check_catalogue(catalogue, labels, {}, ["open-item"])]

    row = 'rows: "{{ item.audit.reference }}"\n'
    [told] = found(f"{row}buttons: [open-item, more-time]\n")
    assert "message.md:6:1: buttons: open-item would open the first line of the list only" in told
    assert "put it under row_buttons" in told
    assert found(f"{row}row_buttons: [open-item]\nbuttons: [more-time]\n") == []
    assert found("buttons: [open-item]\n") == []


def test_an_unknown_sample_is_named(write: Write) -> None:
    place = write(GOOD)
    (place / "message.md").write_text(FRONT.format(more="").replace("audit", "nothing") + GOOD, "utf-8")
    (found,) = check_catalogue(Catalogue.load([place]), LABELS, {})
    assert (found.line, found.where) == (4, "sample")


def test_a_value_that_may_be_missing_needs_its_words_in_a_condition(write: Write) -> None:
    (found,) = problems(write, GOOD + "\nFor {{ audit.team }}, please.\n")
    assert "with sample audit, sparse" in found
    assert "{% if %}" in found


def test_an_error_in_a_sample_is_a_problem_with_its_line(write: Write) -> None:
    (found,) = problems(write, GOOD + "\n{{ alert.reason }}\n")
    assert "message.md:10:1" in found


@pytest.mark.parametrize(
    ("limits", "what"),
    [
        (Limits(title=3), "the title is 5"),
        (Limits(text=10), "a text is"),
        (Limits(label=5), "the label of a button"),
        (Limits(buttons=0), "the number of buttons is 1"),
        (Limits(blocks=0), "the number of blocks is 1"),
    ],
)
def test_what_does_not_fit_a_platform_is_named(write: Write, limits: Limits, what: str) -> None:
    (found,) = problems(write, GOOD, more="buttons: [acknowledge]\n", limits=limits)
    assert "slack shows" in found
    assert what in found
