"""Filling in a form as somebody might who is invented: an answer of the right kind for each field.

values = filled(form, context, random)      # what a person would have typed and chosen; `check` takes it
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any

from qabot.framework.calendar import Calendar
from qabot.framework.duties import Question
from qabot.framework.schema import Framework
from qabot.messaging.form import Field, Form

SENTENCES = (
    "The plan was written together with everybody who takes part in it.",
    "It is clear what happens next, and who does it.",
    "The chronology is up to date, and the reasons for decisions are recorded.",
    "We agreed to look at it once more in supervision.",
)
SHORT = "Agreed in supervision"
OFTEN = 0.7
"""How often what may be left out is answered, and how often the answer to a plain question is yes."""
AHEAD = (2, 12)
"""Days from today, or from the earliest day, to a date that somebody gives."""
SOME_NUMBERS = (1, 2, 3, 5, 10, 0, 20, 50, 100, 500, 1000)
MOST_ROWS = 2
REFERENCES, MOST_CASES = "references", 16
"""The field that takes case references, and how many somebody picks at once."""


@dataclass(frozen=True, slots=True)
class Context:
    """What an answer depends on. `people` are ids, those whom one would name first in front.

    `low` has the worst grades given, `worried` an immediate concern told; `agreeable` says yes to all that is asked.
    """

    framework: Framework
    calendar: Calendar
    today: date
    people: Sequence[int]
    questions: Mapping[str, Question] = field(default_factory=dict)
    cases: Sequence[str] = ()
    low: bool = False
    worried: bool = False
    agreeable: bool = False


def alarming(framework: Framework) -> frozenset[str]:
    """The grades that raise an alert."""
    conditions = [each for name in framework.alerting() for each in framework.duties[name].if_]
    return frozenset(grade for each in conditions for grade in (*each.grade, *each.any_grade))


def alarmed_by_concern(framework: Framework) -> bool:
    """Whether an immediate concern raises an alert."""
    return any(each.concern for name in framework.alerting() for each in framework.duties[name].if_)


def filled(form: Form, context: Context, random: Random) -> dict[str, Any]:
    """A value for each field that is answered, as a platform would send it. Another `random` gives other answers."""
    rows = _rows(form.fields, random)
    values: dict[str, Any] = {}
    for each in form.fields:
        row = _row_of(each)
        left_out = row not in rows if row else not each.required and random.random() > OFTEN
        if left_out and not (each.kind == "tick" and context.worried):
            continue
        value = _value(each, context, random)
        if value is not None:
            values[each.name] = value
    return values


def _row_of(item: Field) -> str:
    """The row that a field is a column of, such as "steps.1"; "" for one that stands alone."""
    row, dot, _ = item.name.rpartition(".")
    return row if dot and re.search(r"\.[0-9]+$", row) else ""


def _rows(fields: Collection[Field], random: Random) -> set[str]:
    """The rows that are filled: the first one or two of each question."""
    every = dict.fromkeys(row for each in fields if (row := _row_of(each)))
    numbers = range(1, random.randint(1, MOST_ROWS) + 1)
    return {row for row in every if int(row.rpartition(".")[2]) in numbers}


def _value(item: Field, context: Context, random: Random) -> Any:
    match item.kind:
        case "choice":
            return _choice(item, context, random)
        case "choices":
            return [random.choice(item.options).value] if item.options else None
        case "tick":
            # What must be ticked is; what one may tick, such as a concern, is rare.
            return "on" if item.required or context.worried else None
        case "date":
            return _day(item, context, random).isoformat()
        case "person":
            return str(_somebody(context.people, random)) if context.people else None
        case "number":
            return str(_number(context.questions.get(item.name), random))
    if item.name == REFERENCES and context.cases:
        return " ".join(random.sample(context.cases, min(MOST_CASES, len(context.cases))))
    return (SHORT if item.max_length < len(max(SENTENCES, key=len)) else random.choice(SENTENCES))[: item.max_length]


def _choice(item: Field, context: Context, random: Random) -> str | None:
    values = [each.value for each in item.options]
    if not values:
        return None
    if grades := _grades(values, context):
        return random.choice(grades)
    if values[0] == "yes":
        return "yes" if context.agreeable or random.random() < OFTEN else values[-1]
    return random.choice(values)


def _grades(values: Sequence[str], context: Context) -> list[str]:
    """Of a scale's grades those that fit: for no reason none that raises an alert; none of any other choice."""
    if not any(set(values) == set(scale.labels) for scale in context.framework.scales.values()):
        return []
    worst = [each for each in values if each in alarming(context.framework)]
    if context.low:
        return worst or [values[-1]]
    return [each for each in values if each not in worst] or list(values)


def _day(item: Field, context: Context, random: Random) -> date:
    """A working day soon; where only days that have passed are taken, one of those."""
    first = max(item.earliest or context.today, context.today)
    if item.latest is not None and item.latest < first:
        first = item.earliest or item.latest
    latest = item.latest or first + timedelta(days=AHEAD[1])
    day = min(first + timedelta(days=random.randint(*AHEAD)), first + (latest - first) * random.random())
    later = context.calendar.roll(day, "later")
    return later if later <= latest else context.calendar.roll(latest, "earlier")


def _somebody(people: Sequence[int], random: Random) -> int:
    """Nearest first: of two that come to mind, the one further in front."""
    return people[min(random.randrange(len(people)), random.randrange(len(people)))]


def _number(question: Question | None, random: Random) -> int:
    least = question.least if question else None
    greatest = question.greatest if question else None
    fitting = list(_whole(least, greatest))
    return random.choice(fitting) if fitting else random.choice(SOME_NUMBERS)


def _whole(least: float | None, greatest: float | None) -> Iterator[int]:
    if least is None and greatest is None:
        return
    low = -int(-least // 1) if least is not None else 0
    high = int(greatest // 1) if greatest is not None else low + AHEAD[1]
    yield from range(max(0, low), min(high, max(0, low) + AHEAD[1]) + 1)
