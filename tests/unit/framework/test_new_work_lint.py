"""What can be wrong with a duty that makes new work: one clear message each; and what `show` and `diff` say of one."""

import pytest

from qabot.framework import lint, load
from qabot.framework.describe import describe
from qabot.framework.differences import differences
from tests.unit.framework.conftest import SHIPPED, Write

WORK = "practice-learning-review"
DUTY = {
    "rule": "NEW-ALT-3",
    "title": "Review again",
    "when": f"[{WORK}.submitted]",
    "owes": "[quality-assurance]",
    "due": "submitted + 8 weeks",
    "makes": WORK,
}


def council(extra: str = "", /, **keys: str | None) -> str:
    """A file with a duty that makes new work on line 3, these of its keys otherwise, and more duties below."""
    said = ", ".join(
        f"{key.replace('_', '-')}: {value}" for key, value in {**DUTY, **keys}.items() if value is not None
    )
    return f"extends: newham\nduties:\n  again: {{{said}}}\n{extra}"


def problems(write: Write, text: str) -> list[tuple[int, str, str]]:
    return [(each.line, each.where, each.what) for each in lint(load(write("ours", text), [SHIPPED]))]


def test_a_chain_may_come_back_to_its_own_duty_through_new_work(write: Write) -> None:
    assert problems(write, council()) == []
    assert problems(write, council(when=f"[{WORK}.final]", due="final + 8 weeks")) == []
    assert problems(write, council(ask="[chair]", done='"{goes-to} reviews it"', thanks='"{goes-to} hears"')) == []


@pytest.mark.parametrize(
    ("keys", "where", "what"),
    [
        (
            {"makes": "practice-learning-revue"},
            "makes",
            f"there is no activity 'practice-learning-revue' under 'activities'; did you mean {WORK!r}?",
        ),
        (
            {"owes": None, "tell": "[slt]", "due": None},
            "makes",
            "nothing is owed here, so nobody says whom the new work goes to: expected 'owes' in place of 'tell'",
        ),
        (
            {"ask": "[acknowledged]", "due": "none", "ladder": "red-alert"},
            "makes",
            "an alert asks to be acknowledged and nothing else; let another duty make the new work",
        ),
        (
            {"ask": "[second-grade]"},
            "makes",
            "a second look asks for a grade or a talk and nothing else; let another duty make the new work",
        ),
        ({"due": "none"}, "due", "the new work is due when this is, so it needs a date"),
        (
            {"when": f"[{WORK}.planned]", "due": "cycle-start + 8 weeks"},
            "makes",
            "new work is about the case of a piece of work, and this is about a cycle that is only planned, which has "
            "none",
        ),
        (
            {"when": "[data-request.done]", "due": "opened + 8 weeks"},
            "makes",
            "new work is about the case of a piece of work, and this is about a cycle that is only planned, which has "
            "none",
        ),
        (
            {"when": "[nomination.given]", "due": "opened + 8 weeks"},
            "makes",
            "new work is about the case of a piece of work, and this is about a nomination, which has none",
        ),
        (
            {"when": f"[{WORK}.given]", "due": "opened + 8 weeks"},
            "when",
            "this goes round in a circle: again after again",
        ),
        (
            {"when": f"[{WORK}.withdrawn]", "due": "opened + 8 weeks"},
            "when",
            "this goes round in a circle: again after again",
        ),
        (
            {"done": '"{goes-too} reviews it"'},
            "done",
            "'goes-too' is not asked here, so it has no answer; did you mean 'goes-to'?",
        ),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_is_wrong_with_new_work_is_found_on_its_line(
    write: Write, keys: dict[str, str | None], where: str, what: str
) -> None:
    assert (3, f"duties.again.{where}", what) in problems(write, council(**keys))


def test_a_circle_by_way_of_work_that_is_only_given_is_told_once(write: Write) -> None:
    first = f"  first: {{rule: NEW-ALT-3, title: First, when: [{WORK}.given], owes: [slt], due: opened + 1 day}}\n"
    found = problems(write, council(first, when="[first.done]", due="opened + 8 weeks"))
    assert [each for each in found if "circle" in each[2]] == [
        (3, "duties.again.when", "this goes round in a circle: again after first after again")
    ]


def test_only_the_one_who_makes_work_asks_whom_it_goes_to(write: Write) -> None:
    text = "extends: newham\nquestions:\n  goes-to: {label: Where?, type: text}\n"
    assert problems(write, text) == [
        (
            3,
            "questions.goes-to",
            "'goes-to' already means whom new work goes to; call the question something else",
        )
    ]


def test_new_work_whose_every_step_is_switched_off_would_be_asked_of_nobody(write: Write) -> None:
    text = council() + "without: [NEW-REM-1, NEW-REM-2, NEW-REM-3, OURS-OWN-1, OURS-OWN-2]\n"
    found = [each for each in problems(write, text) if each[1] == "duties.again.makes"]
    assert found == [
        (
            3,
            "duties.again.makes",
            f"every step of {WORK!r} is switched off, so nobody would be asked to do the new work",
        )
    ]


def test_it_is_shown_in_plain_english(write: Write) -> None:
    framework = load(write("ours", council()), [SHIPPED])
    (said,) = [item.text for section in describe(framework) for item in section.items if "(again)" in item.text]
    assert (
        "Whoever answers says who does another Practice Learning Review of the same case, due on the same day; it "
        "fills no quota, and this is done when it is submitted."
    ) in said


def test_a_difference_names_the_key(write: Write) -> None:
    before, after = (load(write(name, council(makes=made)), [SHIPPED]) for name, made in (("a", None), ("b", WORK)))
    (found,) = differences(before, after)
    assert (found.section, found.entry, found.key, found.change, found.new.value) == (
        "duties",
        "again",
        "makes",
        "added",
        WORK,
    )
