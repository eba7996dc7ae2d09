"""What the schema cannot see: words that nothing explains, ladders that never fire or fall silent, open readings."""

import re
from collections.abc import Collection, Iterator, Mapping
from itertools import chain

from qabot.errors import BadFile, Problem
from qabot.framework import (
    audience_lint,
    calendar_lint,
    case_lint,
    duty_lint,
    form_lint,
    gathering_lint,
    heed_lint,
    hour_lint,
    ladders,
    name_lint,
    nobody_lint,
    nomination_lint,
    reach_lint,
    sample_lint,
    survey_lint,
    turn_lint,
    window_lint,
    work_lint,
)
from qabot.framework.base import OF_DEADLINE
from qabot.framework.calendar import out_of_reach
from qabot.framework.loader import did_you_mean
from qabot.framework.mending import is_caused
from qabot.framework.schema import FUNCTIONS, Framework
from qabot.framework.source import KeyPath
from qabot.framework.unknown import no_role
from qabot.framework.vocabulary import PEOPLE, is_made
from qabot.messaging.files import Catalogue

TEN_DIGITS = ("0123456789", "1234567890", "4010232137", "9999999999")
"""Numbers of the length of an NHS number, which a case reference must not look like."""

Found = tuple[KeyPath, str]
"""A key path, and what is wrong there."""
Messages = Catalogue | Collection[str]
"""The messages, or only their names: then what they tell is not looked at."""


def lint(framework: Framework, messages: Messages | None = None) -> list[Problem]:
    """Every problem, in the order of the file. `messages` are those that a step may send; None asks nothing."""
    names = messages.names() if isinstance(messages, Catalogue) else messages
    checks = [check(framework) for check in (_rules, _readings, _roles, _council, _scales, _titles, _activities)]
    checks += [
        each.check(framework)
        for each in (
            *(name_lint, reach_lint),
            *(work_lint, case_lint, form_lint, sample_lint, calendar_lint, turn_lint, window_lint, hour_lint),
        )
    ]
    checks += [duty_lint.check(framework, names), survey_lint.check(framework), gathering_lint.check(framework)]
    checks += [nomination_lint.check(framework), nobody_lint.check(framework), heed_lint.check(framework, names)]
    checks += [ladders.check(framework, names)]
    if isinstance(messages, Catalogue):
        checks += [audience_lint.check(framework, messages), nomination_lint.of_messages(framework, messages)]
    problems = {
        framework.place(path).problem(framework.written(path), what): None
        for path, what in chain.from_iterable(checks)
        if not is_caused(path, what, framework.broken)
    }
    problems |= dict.fromkeys(framework.refused)
    return sorted(problems, key=lambda problem: (problem.file, problem.line, problem.column))


def warn(framework: Framework) -> list[Problem]:
    """What is no mistake, and may be one: in the order of the file."""
    warnings = chain.from_iterable(
        each.warnings(framework) for each in (calendar_lint, duty_lint, form_lint, sample_lint)
    )
    problems = {framework.place(path).problem(framework.written(path), what): None for path, what in warnings}
    return sorted(problems, key=lambda problem: (problem.file, problem.line, problem.column))


def require(framework: Framework, messages: Messages | None = None) -> Framework:
    """The framework, if nothing is wrong with it. Raises `BadFile` with every problem."""
    problems = lint(framework, messages)
    if problems:
        raise BadFile(problems)
    return framework


def cited(framework: Framework) -> Iterator[tuple[KeyPath, str]]:
    """Every place that cites a rule, with the rule."""
    for name, activity in framework.activities.items():
        at: KeyPath = ("activities", name)
        yield (*at, "rule"), activity.rule
        if activity.cases is not None:
            yield (*at, "cases", "rule"), activity.cases.rule
        yield from (((*at, "do", index, "rule"), quota.rule) for index, quota in enumerate(activity.do))
    yield from ((("calendar", name, "rule"), each.rule) for name, each in framework.named_periods.items())
    for name, sample in framework.samples.items():
        yield ("samples", name, "rule"), sample.rule
    for name, question in framework.questions.items():
        if question.rule is not None and not framework.forms_of([name]):
            yield ("questions", name, "rule"), question.rule
    for name, duty in framework.duties.items():
        if not is_made(framework, name):
            yield ("duties", name, "rule"), duty.rule
    yield from ((("forms", name, "rule"), each.rule) for name, each in framework.forms.items())
    yield from ((("gatherings", name, "rule"), each.rule) for name, each in framework.gatherings.items())
    yield from ((("events", name, "rule"), each.rule) for name, each in framework.events.items())
    for name, ladder in framework.ladders.items():
        at = ("ladders", name, "steps")
        own = ((index, step.rule) for index, step in enumerate(ladder.steps) if step.rule != OF_DEADLINE)
        yield from (((*at, index, "rule"), rule) for index, rule in own)
    yield from ((("processes", name), rule) for name, rule in framework.processes)


def _rules(framework: Framework) -> Iterator[Found]:
    off = [(("without", index), rule) for index, rule in enumerate(framework.without)]
    for path, rule in [*cited(framework), *off]:
        if rule not in framework.rules:
            yield path, f"there is no rule {rule!r} under 'rules'{did_you_mean(rule, list(framework.rules))}"


def _readings(framework: Framework) -> Iterator[Found]:
    for rule_id, rule in framework.rules.items():
        at: KeyPath = ("rules", rule_id)
        if rule.confirm and not rule.reading:
            yield at, "this rule is ambiguous or a gap (flag A or G), so expected a 'reading': what qabot is to do"
        for reference in filter(None, rule.reference.split(", ")):
            if reference not in framework.confirm:
                guess = did_you_mean(reference, list(framework.confirm))
                yield (*at, "reference"), f"there is no {reference!r} under 'confirm'{guess}"


def _roles(framework: Framework) -> Iterator[Found]:
    for function in FUNCTIONS:
        if not framework.doing(function):
            yield ("roles",), f"no role does {function!r}: expected 'does: [{function}]' in one of them"
    for name in framework.doing("leads-team"):
        if framework.roles[name].of != "team":
            yield ("roles", name, "does"), "whoever leads a team is looked up by team: expected 'of: team'"
    in_circles: set[str] = set()
    for name, role in framework.roles.items():
        at: KeyPath = ("roles", name)
        if name in PEOPLE:
            yield at, f"{name!r} already means the {name} of a deadline; call the role something else"
        if role.above is not None and role.above not in framework.roles:
            yield (*at, "above"), no_role(framework, role.above)
        elif (circle := _circle(framework, name)) and name not in in_circles:
            in_circles.update(circle)
            line = " below ".join([*circle, name])
            yield (*at, "above"), f"the reporting line goes round in a circle: {line}"


def _circle(framework: Framework, name: str) -> list[str]:
    """The roles of the circle that a role is part of, from it upwards."""
    line = [name]
    while (role := framework.roles.get(line[-1])) and role.above:
        if role.above == name:
            return line
        if role.above in line:
            break
        line.append(role.above)
    return []


def _council(framework: Framework) -> Iterator[Found]:
    council = framework.council
    if council.closes <= council.opens:
        yield ("council", "closes"), f"expected a time after 'opens' ({council.opens:%H:%M})"
    if council.digest_latest < council.digest_earliest:
        yield ("council", "digest_latest"), f"expected a time after 'digest_earliest' ({council.digest_earliest:%H:%M})"
    for index, day in enumerate(council.closure_days):
        if what := out_of_reach(day):
            yield ("council", "closure_days", index), f"{day.isoformat()} {what}"
    at: KeyPath = ("council", "case_reference")
    try:
        pattern = re.compile(council.case_reference)
    except re.error as error:
        yield at, f"this is not a regular expression ({error}); expected one such as '[0-9]{{6,8}}'"
        return
    if any(pattern.fullmatch(number) for number in TEN_DIGITS):
        yield at, "this pattern takes numbers of ten digits, as an NHS number has; expected one such as '[0-9]{6,8}'"
    elif pattern.fullmatch(""):
        yield at, "this pattern takes an empty text, which refers to no case; expected one such as '[0-9]{6,8}'"


def _scales(framework: Framework) -> Iterator[Found]:
    versions: dict[str, str] = {}
    for name, scale in framework.scales.items():
        if (other := versions.setdefault(scale.version, name)) != name:
            yield (
                ("scales", name, "version"),
                f"{other!r} has this version too; an answer must say by which it was given",
            )
        yield from _alike(scale.labels, ("scales", name, "labels"))
    for name, question in framework.questions.items():
        yield from _alike(question.choice, ("questions", name, "choice"))


def _alike(words: Mapping[str, str], at: KeyPath) -> Iterator[Found]:
    """Answers that nobody could tell from others, or could not read."""
    said: dict[str, str] = {}
    for key, text in words.items():
        if not text.strip():
            yield (*at, key), "people would read nothing here: expected a word"
        elif (other := said.setdefault(text.strip().casefold(), key)) != key:
            yield (*at, key), f"{other!r} has the word {text!r} too, so nobody could tell them apart"


def _titles(framework: Framework) -> Iterator[Found]:
    """Titles of which people would read nothing."""
    titled = (
        ("roles", "title", {name: each.title for name, each in framework.roles.items()}),
        ("activities", "title", {name: each.title for name, each in framework.activities.items()}),
        ("activities", "plural", {name: each.plural for name, each in framework.activities.items()}),
        ("samples", "title", {name: each.title for name, each in framework.samples.items()}),
        ("duties", "title", {name: each.title for name, each in framework.duties.items()}),
        ("gatherings", "title", {name: each.title for name, each in framework.gatherings.items()}),
        ("questions", "label", {name: each.label for name, each in framework.questions.items()}),
    )
    for section, key, titles in titled:
        for name, title in titles.items():
            if not title.strip():
                yield (section, name, key), "people would read nothing here: expected a word"


def _unknown_ladder(framework: Framework, name: str) -> str:
    known = list(framework.every_ladder)
    return "" if name in known else f"there is no ladder {name!r} under 'ladders'{did_you_mean(name, known)}"


def _activities(framework: Framework) -> Iterator[Found]:
    for name, activity in framework.activities.items():
        at: KeyPath = ("activities", name)
        if what := _unknown_ladder(framework, activity.ladder):
            yield (*at, "ladder"), what
