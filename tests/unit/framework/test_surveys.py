"""Surveys and long forms: one clear message for each thing that is wrong; what `show` and `diff` say; exact words."""

import json
from pathlib import Path

import pytest

from qabot.errors import BadFile
from qabot.framework import Framework, lint, load
from qabot.framework.describe import describe
from qabot.framework.differences import differences
from tests.unit.framework.conftest import SHIPPED, Write

SURVEY = {
    "rule": "NEW-ACT-28",
    "title": "Yearly survey",
    "every": "year",
    "owes-each": "[practice-lead]",
    "due": "opened + 20 working days",
    "ask": "[workload]",
    "promise": "anonymous",
    "reads": "[quality-assurance]",
}
SOURCE = json.loads(Path("tests/unit/framework/data/supervision_forms.json").read_text("utf-8"))
CORRECTED = {11: "If I hadn't had supervision, I think I would be less effective in my role"}
"""The one statement whose words are not the source's: it is printed "led effective"."""


def council(extra: str = "", /, **keys: str | None) -> str:
    """A file with a survey on line 4, these of its keys otherwise, and more below."""
    said = {**SURVEY, **{key.replace("_", "-"): value for key, value in keys.items()}}
    text = ", ".join(f"{key}: {value}" for key, value in said.items() if value is not None)
    return (
        "extends: newham\n"
        'questions: {workload: {label: Is it too much, choice: {"yes": "Yes", "no": "No"}}}\n'
        f"duties:\n  survey: {{{text}}}\n{extra}"
    )


def problems(write: Write, text: str) -> list[tuple[int, str, str]]:
    return [(each.line, each.where, each.what) for each in lint(load(write("ours", text), [SHIPPED]))]


def test_a_survey_is_well_and_told_by_its_own_ladder(write: Write) -> None:
    assert problems(write, council()) == []
    framework = load(write("ours", council()), [SHIPPED])
    assert [each.name for each in framework.ladder_of("survey").steps] == [
        "invitation",
        "first-reminder",
        "second-reminder",
    ]
    framework = load(write("ours", council(opens="opened + 5 working days")), [SHIPPED])
    assert framework.ladder_of("survey").steps[0].send == "survey-soon"
    assert {step.rule for step in framework.ladder_of("survey").steps} == {"NEW-ACT-28"}


ONE_BY_ONE = "everybody answers a survey for themselves: expected 'owes-each' and no 'owes' or 'tell'"
NOT_ANONYMOUS = (
    "what one person is asked about one piece of work cannot be anonymous: expected 'confidential', or 'every' and the "
    "holders of a role"
)
WORK: dict[str, str | None] = {"every": None, "when": "[practice-learning-review.final]"}


@pytest.mark.parametrize(
    ("keys", "where", "what"),
    [
        ({"reads": None}, "", "nobody may read what is answered: expected 'reads', such as [quality-assurance]"),
        (
            {"reads": "[quality-asurance]"},
            "reads[1]",
            "there is no role 'quality-asurance'; did you mean 'quality-assurance'?",
        ),
        (
            {"promise": None},
            "reads",
            "only a survey has readers: expected a 'promise' too, confidential or anonymous",
        ),
        ({"owes-each": None, "owes": "[practice-lead]"}, "", ONE_BY_ONE),
        (
            {"owes-each": "[line-manager]", **WORK, "promise": "confidential"},
            "owes-each[1]",
            "a survey asks the holders of a role, or practitioner or auditor",
        ),
        ({"due": "none"}, "due", "a survey closes on a day: expected one such as 'opened + 10 working days'"),
        ({**WORK, "owes-each": "[practitioner]"}, "promise", NOT_ANONYMOUS),
        ({"ask": None}, "", "a survey asks something: expected 'ask', with questions or a form"),
        (
            {"ask": "[workload, chair]"},
            "ask[2]",
            "'chair' is answered by a person, and a survey takes scale, choice, tick, number, text",
        ),
        (
            {"done": '"{workload}"'},
            "done",
            "this would show an answer that was promised to nobody; take the braces out",
        ),
        ({"put-off": "{times: 1}"}, "put-off", "a survey is voluntary and nobody waits for it; take this out"),
        (
            {"promise": "secret"},
            "promise",
            "expected 'confidential' or 'anonymous', found 'secret'",
        ),
    ],
)
def test_each_thing_that_breaks_a_promise_is_told_once(
    write: Write, keys: dict[str, str | None], where: str, what: str
) -> None:
    text = council(**keys)
    if keys.get("ask", "") is None:
        text = text.replace('questions: {workload: {label: Is it too much, choice: {"yes": "Yes", "no": "No"}}}', "{}")
        text = text.replace("{}\n", "\n", 1)
    path = write("ours", text)
    found = [(each.where, each.what) for each in lint(load(path, [SHIPPED], to_lint=True))]
    assert found == [(f"duties.survey.{where}".rstrip("."), what)]


def test_nothing_follows_from_a_survey_and_nobody_else_is_told(write: Write) -> None:
    follows = "  sum-up: {rule: NEW-ACT-28, title: Sum up, when: [survey.done], owes: [slt], due: none}\n"
    assert [what for _, _, what in problems(write, council(follows))] == [
        "nothing can follow from a survey: others would see who has answered"
    ]
    step = "{rule: deadline, at: opened, to: [practice-lead], send: duty}"
    ladder = f"ladders:\n  ours: {{title: Ours, steps: [{step}]}}\n"
    assert [what for _, _, what in problems(write, council(ladder, ladder="ours"))] == [
        "who has not answered 'survey' is nobody else's business: expected to: [owes]"
    ]
    acts = (
        "  act: {rule: NEW-ACT-28, title: Act, when: [practice-learning-review.final],"
        ' if: {answer: {workload: ["yes"]}}, owes: [slt], due: none}\n'
    )
    assert "only a survey asks 'workload', so nobody may act on what one person says" in {
        what for _, _, what in problems(write, council(acts))
    }


FORM = "title: Ours\nrule: NEW-ACT-28\nsections:\n"


def with_form(write: Write, sections: str, ask: str = "[forms/ours]") -> Path:
    path = write("ours", council(ask=ask).replace("questions:", "x-questions:").replace("x-questions", "questions"))
    (path.parent / "forms").mkdir(exist_ok=True)
    (path.parent / "forms" / "ours.yaml").write_text(f"{FORM}{sections}", "utf-8")
    return path


def test_a_form_is_read_from_a_file_beside_the_framework(write: Write) -> None:
    sections = "  - {title: A, type: tick, ask: [One, Two]}\n  - {type: text, called: last-word, ask: [Three]}\n"
    framework = load(with_form(write, sections, "[workload, forms/ours]"), [SHIPPED])
    assert framework.duties["survey"].ask == ("workload", "ours-1", "ours-2", "last-word")
    assert framework.questions["last-word"].label == "Three"
    assert lint(framework) == []


def test_what_is_wrong_with_a_form_says_where_in_its_own_file(write: Write) -> None:
    with pytest.raises(BadFile, match=r"duties.survey.ask\[1\]: there is no file forms/none.yaml; known: "):
        load(write("ours", council(ask="[forms/none]")), [SHIPPED])
    with pytest.raises(BadFile, match=r"forms/ours.yaml:4:\d+: forms.ours.sections\[1\].ask"):
        load(with_form(write, "  - {title: A, type: tick}\n"), [SHIPPED])
    found = lint(load(with_form(write, "  - {scale: brags, ask: [One]}\n", "[workload, forms/ours]"), [SHIPPED]))
    assert [each.what for each in found] == ["there is no scale 'brags' under 'scales'; did you mean 'brag'?"]


def further() -> Framework:
    return load(Path("tests/unit/framework/data/newham-further.yaml"), [SHIPPED])


def test_the_evaluation_has_the_words_and_the_order_of_its_source() -> None:
    framework = further()
    form = framework.forms["supervision-evaluation"]
    statements, own_words = form.sections
    source = SOURCE["supervisee_evaluation_statements"]
    assert list(statements.ask) == [CORRECTED.get(n, text) for n, text in enumerate(source["items"], start=1)]
    assert "led effective" in source["items"][10]
    assert list(own_words.ask) == SOURCE["supervisee_evaluation_open"]["items"]
    assert dict(form.scales["supervision-agreement"].labels) == source["scale"]
    assert form.minutes == 6
    kinds = [framework.questions[f"supervision-evaluation-{n}"].kind for n in range(1, 21)]
    assert kinds == ["scale"] * 15 + ["text"] * 5


def test_the_file_check_has_the_words_and_the_order_of_its_source() -> None:
    framework = load("newham-whole", [SHIPPED])
    asked = [framework.questions[each] for each in framework.activities["supervision-audit"].ask]
    assert [each.label for each in asked[:15]] == SOURCE["supervision_file_check"]["items"]
    assert all(list(each.choice.values()) == ["Yes", "No"] for each in asked[:15])
    assert (asked[15].most, set(asked[15].rows.values())) == (6, {"text", "person", "date"})


def test_show_tells_the_promise_and_the_form() -> None:
    lines = [item.text for section in describe(further()) for item in section.items]
    (told,) = [each for each in lines if each.startswith("Your evaluation of supervision")]
    assert "Asked: Supervisee Evaluation Feedback." in told
    assert "It is confidential: who has answered is known, what they said is not." in told
    assert any("about 6 minutes: Your supervision (15, one of Strongly disagree" in each for each in lines)


def test_diff_tells_a_form_once_and_a_change_of_one_of_its_words(write: Write) -> None:
    sections = "  - {title: A, type: tick, ask: [One, Two]}\n"
    old = load(with_form(write, sections), [SHIPPED])
    new = load(with_form(write, sections.replace("Two", "Three, Four")), [SHIPPED])
    assert [(each.section, each.entry, each.key) for each in differences(old, new)] == [
        ("forms", "ours", "sections[A].ask")
    ]
