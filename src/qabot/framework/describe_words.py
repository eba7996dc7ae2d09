"""The words in which a framework is described: people, days, moments, conditions."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import time

from qabot.framework.duties import Condition
from qabot.framework.offsets import Offset
from qabot.framework.questions import Question
from qabot.framework.schema import Framework
from qabot.framework.sections import Item, listed
from qabot.framework.vocabulary import CALLED, ROW, columns

_LETTERS = r"[AEIO][A-Z]|[FHLMNRSX][B-DF-HJ-NP-TV-Z]+\b"
_WORD = r"(?![A-Z]{2})(?!(?i:uni[^mn]|us[ei]|eu|one\b|once\b))[aeiouAEIOU]"
_AFTER_AN = re.compile(f"{_LETTERS}|{_WORD}")
"""What is said with a vowel at first: "SLT" by its letters, but "MASH" as a word; "audit", but not "unit" or "one"."""


@dataclass(frozen=True)
class Naming:
    """How a description calls things: with their names in the file, for whoever writes one, or as people know them.

    `messages` are the titles of messages by name: given for people, who have no use for the names.
    """

    messages: Mapping[str, str] | None = None

    def thing(self, title: str, name: str) -> str:
        """What has a title, with its name behind it if names are told."""
        return f"{title} ({name})" if self.messages is None else title

    def message(self, name: str) -> str:
        """What is sent."""
        return f"'{name}'" if self.messages is None else f"“{self.messages.get(name, name)}”"


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


def spoken(offset: Offset, framework: Framework | None = None) -> str:
    """An offset in words: "7 days before the due date", "when it is raised".

    What another thing of the file leaves is said by that thing's title, where the `framework` is given.
    """
    if offset.at is not None:
        return f"{spoken(replace(offset, at=None), framework)}, at {said_time(offset.at)}"
    if not offset.count:
        return _when(offset.anchors, framework)
    plural = "" if abs(offset.count) == 1 else "s"
    side = "before" if offset.count < 0 else "after"
    return f"{abs(offset.count)} {offset.unit}{plural} {side} {_base(offset.anchors, framework)}"


def _when(anchors: Sequence[str], framework: Framework | None) -> str:
    said = _base(anchors, framework)
    happened = all(each in HAPPENED for each in anchors) or any("." in each for each in anchors)
    return f"when {said}" if happened else f"on {said}"


def _base(anchors: Sequence[str], framework: Framework | None) -> str:
    if all(each in HAPPENED for each in anchors):
        return f"it is {' or '.join(anchors)}"
    return " or ".join(_anchor(each, framework) for each in anchors)


def counted(points: Mapping[str, Offset], offset: Offset) -> Offset:
    """An offset from a point of a ladder as one from what the point counts from, as far as that is one number."""
    if len(offset.anchors) > 1 or offset.anchors[0] not in points:
        return offset
    basis = counted(points, points[offset.anchors[0]])
    if not offset.count:
        return replace(basis, at=offset.at)
    is_one = offset.unit == basis.unit or not basis.count
    return replace(offset, anchors=basis.anchors, count=basis.count + offset.count) if is_one else offset


def _anchor(name: str, framework: Framework | None) -> str:
    """What an offset counts from: a moment of a thing such as "nomination.given", a day by its name, or a date."""
    if name[0].isdigit() or name in NAMED:
        return NAMED.get(name, name)
    thing, _, moment = name.partition(".")
    if framework is not None and moment and _is_known(framework, thing):
        return happens(framework, name).removeprefix("when ")
    return f"the {_plain(thing)} is {_plain(moment)}" if moment else _plain(name)


def _is_known(framework: Framework, thing: str) -> bool:
    of_work = {*framework.activities, *framework.duties, *framework.samples}
    return thing in of_work or framework.occasion(thing) is not None


def _plain(name: str) -> str:
    return name.replace("-", " ")


def said_people(framework: Framework, names: Iterable[str]) -> str:
    """Roles with one article, then the people of the deadline: "the Team Leader and Area Leader"."""
    roles = [framework.roles[each].title for each in names if each in framework.roles]
    people = [CALLED.get(each, each) for each in names if each not in framework.roles]
    if people and roles:
        return listed([*people, *(f"the {each}" for each in roles)])
    return f"the {listed(roles)}" if roles else listed(people)


_PART = re.compile(
    r"(?P<set>\[0-9\]|\\d|\[A-Z\]|\[a-z\]|\[A-Za-z\]|\[a-zA-Z\])(?:\{(?P<least>\d+)(?:,(?P<most>\d+))?\})?"
    r"|(?P<as_is>[A-Za-z0-9/ -])"
)


def said_pattern(pattern: str) -> str:
    """What a pattern of references takes, such as "6 to 8 digits"; of anything else the pattern."""
    parts: list[str] = []
    literal, at = "", 0
    while match := _PART.match(pattern, at):
        at = match.end()
        if match["as_is"]:
            literal += match["as_is"]
            continue
        parts += [f"“{literal}”"] if literal else []
        literal = ""
        least, most = match["least"] or "1", match["most"] or match["least"] or "1"
        kind = "digit" if match["set"] in ("[0-9]", "\\d") else "letter"
        many = least if least == most else f"{least} to {most}"
        parts.append(f"{many} {kind}{'' if many == '1' else 's'}")
    parts += [f"“{literal}”"] if literal else []
    return ", then ".join(parts) if at == len(pattern) and parts else f"what the pattern {pattern} takes"


def said_time(at: time) -> str:
    return f"{at:%H:%M}"


def item(framework: Framework, text: str, rule_id: str) -> Item:
    """A sentence under its rule, which may be one to confirm."""
    rule = framework.rules.get(rule_id)
    return Item(text, rule_id, (), rule.confirm if rule else False)


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


def said_answer(framework: Framework, question: Question | None, answer: str) -> str:
    """One answer as people read it: the words of a choice or of a grade. Without a question it is a grade's."""
    words = question.choice.get(answer) if question is not None else None
    return f"“{words or framework.grade_label(answer)}”"


def with_article(name: str) -> str:
    """A council's own word as one of several: "an inspection", "a unit visit", "an ABC visit"."""
    return f"{'an' if _AFTER_AN.match(name) else 'a'} {name}"


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
    titled = duty or sample
    title = with_article(activity.title if activity else thing) if activity or not titled else titled.title
    return _MOMENTS.get(name, "when {thing} happens").format(thing=title)


def _said_answer(framework: Framework, name: str, values: Sequence[str]) -> str:
    """Which answers to a question, both as people read them."""
    question = framework.questions.get(name)
    if question is None:
        return f"the answer to {_plain(name)} is {' or '.join(map(_plain, values))}"
    given = [said_answer(framework, question, each) for each in values]
    return f"the answer to “{question.label}” is {' or '.join(given)}"


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
    said += [_said_answer(framework, name, values) for name, values in condition.answer.items()]
    return " and ".join(said)
