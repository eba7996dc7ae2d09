"""How cases are chosen: every mistake at once, on its line, with what to write; and how `framework show` says it."""

from pathlib import Path

import pytest

from qabot.errors import BadFile
from qabot.framework import Framework, lint, load, require
from qabot.framework.describe import describe
from qabot.framework.differences import differences
from tests.unit.framework.conftest import SHIPPED, Broken, Write

OLD = "cases: {rule: NEW-SEL-1, never: [involved, oversight]}"
AT = "activities.practice-learning-review.cases"
SECOND = """
  second:
    rule: NEW-QUO-1
    title: second look
    plural: second looks
    every: month
    do: []
    cases: {rule: NEW-SEL-1, overlap: {practice-learning-review: 25%}}
    ask: [manager-overall]
    grade: manager-overall

samples:
"""


def cases(line: str) -> str:
    return f"cases: {{rule: NEW-SEL-1, {line}}}"


@pytest.mark.parametrize(
    ("line", "where", "what"),
    [
        (
            "from: data-and-inpact",
            "from",
            "there is no role 'data-and-inpact'; did you mean 'data-and-impact'?",
        ),
        (
            "never: [involved, oversite]",
            "never[2]",
            "'oversite' is no kind of case that can be kept out; did you mean 'oversight'?",
        ),
        (
            "never: [involved, friends]",
            "never[2]",
            "'friends' is no kind of case that can be kept out; expected one of involved, oversight, own-team, "
            "own-service, or {audited-within: 12 months}",
        ),
        ("never: [audited-within]", "never[1]", "this needs a time: write {audited-within: 12 months}"),
        (
            "within: [own-servise]",
            "within[1]",
            "'own-servise' is nothing that cases can be kept to; did you mean 'own-service'?",
        ),
        (
            "within: [own-team], never: [own-service]",
            "within",
            "'never' takes all of this away (own-team), so no case would ever be left",
        ),
        (
            "within: [involved]",
            "within",
            "'never' takes all of this away (involved), so no case would ever be left",
        ),
        (
            "line: alternate, never: [involved, oversight]",
            "line",
            "'never: oversight' takes away every case in line: leave one of the two out",
        ),
        (
            "line: alternate, within: [oversight]",
            "line",
            "'within: oversight' takes away every case out of line: leave one of the two out",
        ),
        (
            "overlap: {practice-learning-review: 25%}",
            "overlap.practice-learning-review",
            "these are the activity's own cases, which always are; expected another activity",
        ),
        ("overlap: {reviews: 25%}", "overlap.reviews", "there is no activity 'reviews' under 'activities'"),
        (
            "overlap: {second: 125%}",
            "overlap.second",
            "125% is no share of the cases: expected one from 1% to 100%",
        ),
        ("overlap: {second: 0%}", "overlap.second", "0% is no share of the cases: expected one from 1% to 100%"),
    ],
)
def test_what_is_wrong_is_told_in_its_place(broken: Broken, line: str, where: str, what: str) -> None:
    framework, number = broken(OLD, cases(line))
    [found] = [
        each for each in lint(framework) if each.where.startswith(AT) and "no activity 'second'" not in each.what
    ]
    assert (found.where, found.what, found.line) == (f"{AT}.{where}", what, number)
    assert found.column > 1


def test_two_that_overlap_each_other_are_told_once(broken: Broken) -> None:
    framework, _ = broken("\nsamples:\n", SECOND)
    assert require(framework) is framework
    path = Path(framework.place(("framework",)).file)
    path.write_text(path.read_text("utf-8").replace(OLD, cases("overlap: {second: 10%}")), "utf-8")
    [found] = lint(load(path, []))
    assert found.where == f"{AT}.overlap.second"
    assert found.what == (
        "this goes round in a circle: practice-learning-review overlaps second overlaps practice-learning-review; "
        "one must be chosen first"
    )


def test_nobody_picks_cases_of_work_on_request(broken: Broken) -> None:
    framework, _ = broken(OLD, cases("from: data-and-impact"))
    path = Path(framework.place(("framework",)).file)
    path.write_text(path.read_text("utf-8").replace("every: quarter", "every: on request"), "utf-8")
    what = {each.where: each.what for each in lint(load(path, []))}
    assert what[f"{AT}.from"] == "whoever asks for work names its case, so nobody picks any before: leave this out"


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("never: [{audited-within: soon}]", "'soon' is no length of time: expected one such as '12 months'"),
        ("never: [{audited-within: 11 years}]", "'11 years' is longer than ten years: expected at most '10 years'"),
        ("never: [7]", "expected one of involved, oversight, own-team, own-service, or {audited-within: 12 months}"),
        ("overlap: {second: 25}", "expected a share such as 25%, found 25"),
        ("overlap: {second: a quarter}", "expected a share such as 25%, found 'a quarter'"),
        ("line: always", "expected 'alternate', found 'always'"),
        (
            "never: [{audited: 12 months}]",
            "expected one of involved, oversight, own-team, own-service, or {audited-within: 12 months}",
        ),
    ],
)
def test_what_cannot_be_read_is_refused_as_the_file_is_read(broken: Broken, line: str, what: str) -> None:
    with pytest.raises(BadFile) as error:
        broken(OLD, cases(line))
    [problem] = error.value.problems
    assert problem.what.startswith(what)
    assert problem.where.startswith(f"{AT}.{line.partition(':')[0]}")
    assert problem.column > 1


def test_everything_that_is_wrong_is_told_at_once(write: Write) -> None:
    text = """extends: newham
activities:
  practice-learning-review:
    cases:
      from: nobody
      never: [involved, oversite]
      within: [here]
      overlap: {practice-learning-review: 25%, elsewhere: 300%}
"""
    with pytest.raises(BadFile) as error:
        require(load(write("ours", text), [SHIPPED]))
    assert [(each.line, each.column, each.what.split(";")[0].split(":")[0]) for each in error.value.problems] == [
        (5, 7, "there is no role 'nobody'"),
        (6, 25, "'oversite' is no kind of case that can be kept out"),
        (7, 16, "'here' is nothing that cases can be kept to"),
        (8, 17, "these are the activity's own cases, which always are"),
        (8, 48, "300% is no share of the cases"),
        (8, 48, "there is no activity 'elsewhere' under 'activities'"),
    ]


def said(framework: Framework) -> str:
    [section] = [each for each in describe(framework) if each.title == "Practice Learning Review"]
    [item] = [each for each in section.items if each.rule == "NEW-SEL-1"]
    return item.text


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (
            "never: [involved, oversight]",
            "Cases are drawn at random, and nobody is given one in which they were involved or which they oversee.",
        ),
        (
            "from: data-and-impact",
            "Cases are picked by the Data and Impact Team; none is drawn in their place, and nobody is given one in "
            "which they were involved.",
        ),
        (
            "never: [own-team, {audited-within: 12 months}], within: [own-service], line: alternate",
            "Cases are drawn at random, and nobody is given one of their own team or that was looked at within "
            "12 months before. Only cases of their own service. By turns one that they oversee, and one that they do "
            "not.",
        ),
    ],
)
def test_it_is_said_in_plain_english(broken: Broken, line: str, text: str) -> None:
    framework, _ = broken(OLD, cases(line))
    assert require(framework) is framework
    assert said(framework) == text


def test_an_overlap_is_said_in_plain_english(broken: Broken) -> None:
    framework, _ = broken("\nsamples:\n", SECOND)
    texts = [item.text for each in describe(framework) for item in each.items]
    assert any("25% of them are cases of the Practice Learning Reviews too, rounded up." in each for each in texts)


def test_what_changes_about_the_cases_is_told_and_nothing_that_the_service_makes_of_it(
    broken: Broken, newham: Framework
) -> None:
    framework, _ = broken(OLD, cases("from: data-and-impact, never: [involved, oversight, {audited-within: 1 year}]"))
    found = [(each.section, each.entry, each.key, each.change) for each in differences(newham, framework)]
    assert found == [
        ("activities", "practice-learning-review", "cases.from", "added"),
        ("activities", "practice-learning-review", "cases.never[3]", "added"),
    ]
