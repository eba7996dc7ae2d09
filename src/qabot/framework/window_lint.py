"""What can be wrong with when an activity's work is given and due, in a cycle or since the last one."""

from collections.abc import Iterator
from datetime import date

from qabot.framework.activities import Activity
from qabot.framework.calendar import out_of_reach
from qabot.framework.duties import AccordingTo, offsets_in
from qabot.framework.ladders import unknown_anchor
from qabot.framework.loader import did_you_mean
from qabot.framework.named_periods import said
from qabot.framework.offsets import Moment, Offset, year_days
from qabot.framework.schema import Framework
from qabot.framework.source import KeyPath
from qabot.framework.timing import distance
from qabot.framework.vocabulary import values_of

Found = tuple[KeyPath, str]
IN_CYCLE = frozenset({"cycle-start", "cycle-end"})
SINCE_LAST = frozenset({"last"})
LAST = "last."
GRADE = "grade"
TRIED = 12
"""So many cycles are tried, so that a leap year and a month of 28 days are among them."""


def check(framework: Framework) -> Iterator[Found]:
    """Every problem: its key path and what is wrong."""
    for name, activity in framework.activities.items():
        at: KeyPath = ("activities", name)
        problems = list(_hours(activity, at))
        if activity.every.on_request:
            problems += [((*at, key), _on_request(key)) for key in ("opens", "due") if getattr(activity, key)]
        elif activity.every.since_last:
            problems += _since_last(framework, activity, at)
        else:
            problems += _in_cycle(activity, at)
        yield from problems
        if not problems and activity.every.count and not activity.every.problems():
            yield from _empty(framework, activity, at)


def _on_request(key: str) -> str:
    return f"work on request comes with a date of its own, so nothing counts from here: take {key!r} out"


def _hours(activity: Activity, at: KeyPath) -> Iterator[Found]:
    if activity.opens is not None and activity.opens.at is not None:
        yield (*at, "opens"), f"days are counted here: leave out 'at {activity.opens.at:%H:%M}'; 'due' may have one"


def _offsets(activity: Activity, at: KeyPath) -> list[tuple[KeyPath, Offset]]:
    opens = [((*at, "opens"), activity.opens)] if activity.opens is not None else []
    return [*opens, *(((*at, "due", *key), offset) for key, offset in offsets_in(activity.due).items())]


def _in_cycle(activity: Activity, at: KeyPath) -> Iterator[Found]:
    if isinstance(activity.due, AccordingTo):
        what = "only 'every: since last' knows a last result; in a cycle all are due alike: expected one offset"
        yield (*at, "due"), what
        return
    for path, offset in _offsets(activity, at):
        for anchor in offset.anchors:
            if anchor in offset.in_year:
                if not activity.every.months or activity.every.months % 12:
                    yield path, f"{anchor!r} comes once a year: expected 'every: year', or an offset from 'cycle-start'"
            elif anchor == "last":
                yield path, "'last' is the last piece about a subject, which only 'every: since last' counts from"
            elif anchor not in IN_CYCLE:
                yield path, unknown_anchor(anchor, IN_CYCLE)


def _empty(framework: Framework, activity: Activity, at: KeyPath) -> Iterator[Found]:
    """Windows that close before they open, or open outside their cycle: the first one that does, of some years."""
    calendar, due = framework.calendar(), activity.due if isinstance(activity.due, Offset) else None
    day: date | None = activity.every.next_start(max(date(2026, 1, 1), activity.every.since or date.min))
    for _ in range(TRIED if activity.opens or due else 0):
        period = activity.every.period(day) if day is not None and not out_of_reach(day) else None
        if period is None or day is None:
            return
        known: dict[str, Moment] = {"cycle-start": period.starts, "cycle-end": period.ends}
        known |= year_days(filter(None, (activity.opens, due)), period.starts)
        opens = activity.opens.day(known, calendar) if activity.opens else period.starts
        ends = due.day(known, calendar) if due else period.ends
        cycle = f"the cycle from {said(period.starts)} to {said(period.ends)}"
        if opens is not None and not period.starts <= opens <= period.ends:
            yield (*at, "opens"), f"work is given within its cycle, and this is {said(opens)} in {cycle}"
            return
        if opens is not None and ends is not None and ends <= opens:
            where = (*at, "due") if due else (*at, "opens")
            yield where, f"this window closes before it opens: in {cycle} it is {said(opens)} to {said(ends)}"
            return
        day = activity.every.next_start(day)


def _since_last(framework: Framework, activity: Activity, at: KeyPath) -> Iterator[Found]:
    if activity.due is None:
        yield at, "nothing says when this is due: expected 'due', such as 'last + 12 months'"
    for path, offset in _offsets(activity, at):
        for anchor in (each for each in offset.anchors if each not in SINCE_LAST):
            yield path, unknown_anchor(anchor, SINCE_LAST)
        if offset.anchors == ("last",) and (offset.count <= 0 or offset.unit == "working hour"):
            yield path, "expected some time after the last one, in days, weeks or months, such as 'last + 12 months'"
    yield from _according(framework, activity, at)
    yield from _early(activity, at)
    if activity.about != "person":
        yield (*at, "every"), "each person has a clock of their own, so the work is about one: expected 'about: person'"
    for index, quota in enumerate(activity.do):
        if quota.for_each is None:
            what = "each person's clock says how many there are: expected 'for-each' with their role, and 'owes'"
            yield (*at, "do", index), what
        elif quota.count > 1:
            yield (*at, "do", index, "count"), "each person's clock says how many there are: take 'count' out"


def _early(activity: Activity, at: KeyPath) -> Iterator[Found]:
    """What would open only after it is due; by an answer that is meant, and opens in time all the same."""
    due, opens = activity.due, activity.opens
    if opens is None or not isinstance(due, Offset):
        return
    if due == opens or distance(due, {}).is_before(distance(opens, {})):
        yield (*at, "opens"), "this window closes before it opens: 'due' comes before 'opens'"


def _according(framework: Framework, activity: Activity, at: KeyPath) -> Iterator[Found]:
    due = activity.due
    if not isinstance(due, AccordingTo):
        return
    here: KeyPath = (*at, "due", "according-to")
    results = results_of(framework, activity)
    if not due.according_to.startswith(LAST):
        what = f"expected 'last.' and what the last piece was asked, such as 'last.{GRADE}'"
        yield here, f"{due.according_to!r} is not about the last piece: {what}"
        return
    question = due.according_to.removeprefix(LAST)
    if question not in results:
        yield here, f"this work never asks {question!r}{did_you_mean(question, list(results)) or _known(results)}"
        return
    for value in due.by_answer:
        if value not in results[question]:
            yield (*at, "due", value), f"{value!r} is no answer to {question!r}{did_you_mean(value, results[question])}"


def _known(results: dict[str, list[str]]) -> str:
    return f"; known: {', '.join(results)}"


def results_of(framework: Framework, activity: Activity) -> dict[str, list[str]]:
    """What a piece of this work can result in: its grade, if it has one, and each choice on its form; the answers."""
    choices = {name: values_of(framework, name) for name in activity.ask if name in framework.questions}
    graded = {GRADE: choices[activity.grade]} if activity.grade in choices else {}
    return {**graded, **{name: values for name, values in choices.items() if values}}
