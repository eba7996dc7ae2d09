"""The words in which a framework is described: people, days, moments, conditions."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import time

from qabot.framework.duties import Condition
from qabot.framework.offsets import Offset
from qabot.framework.schema import Framework
from qabot.framework.sections import listed
from qabot.framework.vocabulary import CALLED, ROW, columns

HAPPENED = {name: name for name in ("submitted", "opened", "drawn", "final", "moderated")}
"""Anchors that are what happened to a piece of work or a deadline."""


NAMED = {
    "due": "the due date",
    "cycle-start": "the start of the cycle",
    "cycle-end": "the end of the cycle",
    "last": "the time before",
    "today": "today",
    "new-date": "the new date",
    "day": "its day",
}


DOES = {
    "leads-team": "leads the team",
    "oversees": "oversees its cases",
    "runs-quality": "runs quality assurance",
}


_MOMENTS = {
    "planned": "when the cycle of {thing} is planned",
    "given": "when {thing} is given to somebody",
    "submitted": "when {thing} is submitted",
    "moderated": "when a second grade of {thing} is in",
    "final": "when {thing} is final",
    "withdrawn": "when {thing} is withdrawn",
    "corrected": "when the grades of {thing} are corrected",
    "reopened": "when {thing} is final no longer",
    "opened": "when '{thing}' opens",
    "done": "when '{thing}' is done",
    "late": "when '{thing}' is late",
    "put-off": "when '{thing}' is put off",
    "refused": "when the answer to '{thing}' will not do",
    "let-off": "when somebody is let off '{thing}'",
    ROW: "for each row that answers '{thing}'",
}


def spoken(offset: Offset) -> str:
    """An offset in words: "7 days before the due date", "when it is raised"."""
    if offset.at is not None:
        return f"{spoken(replace(offset, at=None))}, at {said_time(offset.at)}"
    if not offset.count:
        return _when(offset.anchors)
    plural = "" if abs(offset.count) == 1 else "s"
    side = "before" if offset.count < 0 else "after"
    return f"{abs(offset.count)} {offset.unit}{plural} {side} {_base(offset.anchors)}"


def _when(anchors: Sequence[str]) -> str:
    if all(each in HAPPENED for each in anchors):
        return f"when it is {' or '.join(anchors)}"
    return f"on {' or '.join(NAMED.get(each, each) for each in anchors)}"


def _base(anchors: Sequence[str]) -> str:
    if all(each in HAPPENED for each in anchors):
        return f"it is {' or '.join(anchors)}"
    return " or ".join(NAMED.get(each, each) for each in anchors)


def said_people(framework: Framework, names: Iterable[str]) -> str:
    """Roles with one article, then the people of the deadline: "the Team Leader and Area Leader"."""
    roles = [framework.roles[each].title for each in names if each in framework.roles]
    people = [CALLED.get(each, each) for each in names if each not in framework.roles]
    if people and roles:
        return listed([*people, *(f"the {each}" for each in roles)])
    return f"the {listed(roles)}" if roles else listed(people)


def said_time(at: time) -> str:
    return f"{at:%H:%M}"


def said_title(framework: Framework, name: str) -> str:
    role = framework.roles.get(name)
    return role.title if role else name


def said_alternatives(framework: Framework, word: str, conditions: Sequence[Condition]) -> str:
    return f"{word} {' or '.join(said_condition(framework, each) for each in conditions)}" if conditions else ""


def said_names(framework: Framework, kind: str, names: Sequence[str]) -> str:
    """Who is named, in words: roles, people of the work, and whom a column of a row names."""
    held = columns(framework, kind, "person")
    return said_people(framework, [said_of_row(each) if each in held else each for each in names])


def said_of_row(column: str) -> str:
    return f"the row's {column.replace('-', ' ')}"


def said_times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def happens(framework: Framework, moment: str) -> str:
    """A moment of a thing of the file in words: "when 'Oversight' is done"."""
    thing, _, name = moment.partition(".")
    if (occasion := framework.occasion(thing)) is not None:
        said = {"planned": "is planned", "held": "was held", "cancelled": "is cancelled"}
        return f"when '{occasion.title}' {said.get(name, 'happens')}"
    if name == ROW and thing in framework.questions:
        return _MOMENTS[ROW].format(thing=framework.questions[thing].label)
    activity, duty = framework.activities.get(thing), framework.duties.get(thing)
    sample = framework.samples.get(thing)
    title = f"a {activity.title}" if activity else duty.title if duty else sample.title if sample else f"a {thing}"
    return _MOMENTS.get(name, "when {thing} happens").format(thing=title)


def said_condition(framework: Framework, condition: Condition) -> str:
    said = []
    if condition.grade:
        said.append(f"the grade is {' or '.join(map(framework.grade_label, condition.grade))}")
    if condition.any_grade:
        said.append(f"any grade is {' or '.join(map(framework.grade_label, condition.any_grade))}")
    if condition.has_actions is not None:
        said.append("there are actions" if condition.has_actions else "there are no actions")
    if condition.concern is not None:
        said.append("there are immediate concerns" if condition.concern else "there are no immediate concerns")
    said += [f"the answer to {name} is {' or '.join(values)}" for name, values in condition.answer.items()]
    return " and ".join(said)
