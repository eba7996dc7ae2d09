"""What can be wrong with when a duty is owed: a date that never comes, or has passed, and windows that are empty."""

from collections.abc import Iterator, Mapping, Sequence, Set
from datetime import date

from qabot.framework import ladders
from qabot.framework.calendar import Calendar, out_of_reach
from qabot.framework.duties import AccordingTo, Duty, offsets_in
from qabot.framework.gatherings import DAY
from qabot.framework.loader import did_you_mean
from qabot.framework.named_periods import said
from qabot.framework.offsets import Moment, Offset, year_days
from qabot.framework.row_lint import known_columns, no_date
from qabot.framework.schema import Framework
from qabot.framework.source import KeyPath
from qabot.framework.timing import ORDINARY_DAYS
from qabot.framework.vocabulary import (
    ROW,
    anchors,
    asked,
    before,
    is_happening,
    occasions_behind,
    of_cycle,
    opening_anchor,
    values_of,
)

Found = tuple[KeyPath, str]
Places = Sequence[tuple[KeyPath, Offset]]
TURNS = 12
"""So many turns are tried, so that a leap year and a month of 28 days are among them."""
CLOSED = "this window closes before it opens: 'due' comes before 'opens'"
SUBMITTED_BEFORE = frozenset({"submitted", "moderated", "final", "corrected", "reopened"})
"""Moments of a piece of work that was submitted by then."""


def check(framework: Framework, name: str, duty: Duty, at: KeyPath) -> Iterator[Found]:
    """Every problem of when a duty is owed: its key path and what is wrong."""
    if duty.due is None:
        yield at, "this key is missing: due; write 'due: none' if it has no date"
        return
    due: list[tuple[KeyPath, Offset]] = [((*at, "due", *key), each) for key, each in offsets_in(duty.due).items()]
    opens: list[tuple[KeyPath, Offset]] = [((*at, "opens"), duty.opens)] if duty.opens is not None else []
    problems = list(_unknown(framework, name, [*due, *opens]))
    unknown = {path for path, _ in problems}
    problems += _never(framework, name, [each for each in due if each[0] not in unknown])
    if isinstance(duty.due, AccordingTo):
        problems += _according(framework, name, duty.due, (*at, "due"))
    problems += _past(duty, [each for each in (*due, *opens) if each[0] not in unknown])
    problems += _new_dates(framework, duty, at)
    yield from problems
    wrong = {path for path, _ in problems}
    if duty.every is not None:
        yield from () if wrong else _turns(framework, duty, due, at)
    elif duty.opens is not None and (*at, "opens") not in wrong:
        yield from _windows(framework, name, duty.opens, [each for each in due if each[0] not in wrong], at)


def _unknown(framework: Framework, name: str, places: Places) -> Iterator[Found]:
    known = (anchors(framework, name) - {"due"}) | known_columns(framework, name, "date")
    for path, offset in places:
        unknown = [each for each in offset.anchors if each not in known]
        yield from ((path, no_date(framework, name, each) or ladders.unknown_anchor(each, known)) for each in unknown)


def _new_dates(framework: Framework, duty: Duty, at: KeyPath) -> Iterator[Found]:
    """New dates of which none could be given."""
    within, path = duty.put_off.within if duty.put_off else None, (*at, "put-off", "within")
    if within is None:
        return
    unknown = [each for each in within.anchors if each != "today"]
    yield from (
        (
            path,
            f"a new date is never counted from {each!r}, but from the day on which somebody gives it: expected "
            "'today' and some time, such as 'today + 60 days'",
        )
        for each in unknown
    )
    if not unknown and within.count <= 0:
        yield path, "no day would do: expected some time after 'today', such as 'today + 60 days'"


def _never(framework: Framework, name: str, due: Places) -> Iterator[Found]:
    """Dates that may never come: of what need not have happened, or need not have been asked, before this opens."""
    earlier = _by_then(framework, name)
    for path, offset in due:
        doubtful = [each for each in offset.anchors if _is_doubtful(framework, name, each, earlier)]
        if len(doubtful) == len(offset.anchors) and doubtful[0] in framework.duties[name].ask:
            yield path, f"{doubtful[0]!r} is asked here, so it is not known before this is answered"
        elif len(doubtful) == len(offset.anchors):
            yield (
                path,
                f"{doubtful[0]!r} need not be there when this opens, or ever, and this would have no date: open it on "
                f"what comes after, or write what counts else, such as '{doubtful[0]} or opened'",
            )


def _by_then(framework: Framework, name: str) -> frozenset[str]:
    """What comes before a duty up its chain, and the duties that are sure to open beside it or one of these."""
    earlier = before(framework, name)
    chain = [framework.duties[each] for each in (name, *earlier) if each in framework.duties]
    beside = {
        other
        for other, duty in framework.duties.items()
        if any(each.when and {*each.when} <= {*duty.when} and (not duty.if_ or duty.if_ == each.if_) for each in chain)
    }
    return (earlier | beside) - {name}


def _is_doubtful(framework: Framework, name: str, anchor: str, earlier: frozenset[str]) -> bool:
    thing, _, moment = anchor.partition(".")
    if anchor == "moderated":
        return not all(each.endswith(".moderated") for each in framework.duties[name].when)
    if moment and moment not in (DAY, ROW):
        return thing in anchors_of_things(framework) and thing not in earlier
    question = framework.questions.get(anchor)
    if question is None or question.kind != "date":
        return False
    return not earlier.intersection(asked(framework).get(anchor, ()))


def anchors_of_things(framework: Framework) -> frozenset[str]:
    """The duties, samples, gatherings and events, of which a moment is written out."""
    return frozenset({*framework.duties, *framework.samples, *framework.gatherings, *framework.events})


def _according(framework: Framework, name: str, due: AccordingTo, here: KeyPath) -> Iterator[Found]:
    """An answer that is not there by then: of a question that nothing asks before, in its chain or with the work."""
    question, earlier = due.according_to, _by_then(framework, name)
    askers = asked(framework)
    asking = {each for each, by in askers.items() if set(by) & earlier and each in framework.questions}
    if question not in asking:
        elsewhere = sorted(set(askers.get(question, ())) - {name})
        guess = did_you_mean(question, sorted(asking))
        if question in framework.questions and elsewhere:
            guess = f": {elsewhere[0]!r} asks it, and this does not open after that"
        yield (*here, "according-to"), f"nothing asks {question!r} before this is due{guess}"
        return
    known = values_of(framework, question)
    if not known:
        kind = framework.questions[question].kind
        yield (*here, "according-to"), f"{question!r} is answered by a {kind}, and a date goes by a choice or a scale"
        return
    if not due.by_answer:
        yield (
            (*here, "according-to"),
            f"no answer to {question!r} has a date of its own: expected one, such as {known[0]!r}",
        )
    for value in due.by_answer:
        if value not in known:
            yield (*here, value), f"{value!r} is no answer to {question!r}{did_you_mean(value, known)}"


def _past(duty: Duty, places: Places) -> Iterator[Found]:
    """Dates before what they count from, where that is known only once it has happened."""
    held = bool(duty.when) and all(each.endswith(".held") for each in duty.when)
    for path, offset in places:
        happened = [each for each in offset.anchors if is_happening(each) or (held and each.endswith(DAY))]
        if offset.count < 0 and len(happened) == len(offset.anchors):
            yield path, ladders.past(happened[0])


def _windows(framework: Framework, name: str, opens: Offset, due: Places, at: KeyPath) -> Iterator[Found]:
    """Windows that are always closed before they open, as far as both ends can be compared."""
    calendar = framework.calendar()
    for _, offset in due:
        both = {*offset.anchors, *opens.anchors} - {"opens"}
        known = [dict.fromkeys(both, day) for day in ORDINARY_DAYS]
        comparable = _is_due_no_later(framework, name, {*opens.anchors}, {*offset.anchors} - {"opens"})
        if comparable and all(_closes_first(calendar, each, opens, offset) for each in known):
            yield (*at, "opens"), CLOSED
            return


def _is_due_no_later(framework: Framework, name: str, opens: Set[str], due: Set[str]) -> bool:
    """Whether what the due date counts from is there by the time from which the window counts, or at it."""
    same, happened = _as_it_opens(framework, name)
    if len(opens | due) == 1 or opens | due <= same or (opens <= same and due <= happened):
        return True
    if of_cycle(framework, name):
        # A cycle is planned before it starts.
        return opens == {"cycle-start"} and due <= same
    # The day of the one gathering or event that it is about goes by two names.
    one_day = len(occasions_behind(framework, name)) == 1
    return one_day and all(each.rpartition(".")[2] == DAY for each in opens | due)


def is_always_before(framework: Framework, one: Offset, other: Offset) -> bool:
    """Whether an offset comes before another one from the same anchor on every ordinary day."""
    anchors_of_both = {*one.anchors, *other.anchors}
    calendar = framework.calendar()
    return len(anchors_of_both) == 1 and all(
        _closes_first(calendar, dict.fromkeys(anchors_of_both, day), other, one) for day in ORDINARY_DAYS
    )


def _as_it_opens(framework: Framework, name: str) -> tuple[frozenset[str], frozenset[str]]:
    """The anchors that are the moment at which a duty opens; and those, with others, that have happened by then."""
    names = {each.partition(".")[2] for each in framework.duties[name].when}
    same = frozenset({"opened", opening_anchor(framework, name)})
    submitted = {"submitted"} if names and names <= SUBMITTED_BEFORE else set[str]()
    final = {"final"} if names and names <= {"final", "reopened"} else set[str]()
    return same, same | submitted | final


def _closes_first(calendar: Calendar, known: Mapping[str, Moment], opens: Offset, due: Offset) -> bool:
    first = opens.day(known, calendar)
    last = due.day({**known, "opens": first} if first is not None else known, calendar)
    return first is not None and last is not None and last < first


def _turns(framework: Framework, duty: Duty, due: Places, at: KeyPath) -> Iterator[Found]:
    """What is due before its turn comes, and windows that close before they open, in the first turn in which it is."""
    every, calendar = duty.every, framework.calendar()
    if every is None or not every.count or every.problems():
        return
    day: date | None = every.next_start(max(date(2026, 1, 1), every.since or date.min))
    for _ in range(TURNS):
        turn = every.period(day) if day is not None and not out_of_reach(day) else None
        if turn is None or day is None:
            return
        known: dict[str, Moment] = {"opened": turn.starts, "cycle-start": turn.starts, "cycle-end": turn.ends}
        known |= year_days([each for _, each in due] + ([duty.opens] if duty.opens else []), turn.starts)
        opens = duty.opens.day(known, calendar) if duty.opens is not None else None
        known |= {"opens": opens} if opens is not None else {}
        in_turn = f"in the turn from {said(turn.starts)} to {said(turn.ends)}"
        for path, offset in due:
            last = offset.day(known, calendar)
            if last is not None and last < turn.starts:
                yield path, f"this is due before its turn comes: {in_turn} on {said(last)}"
                return
            if last is not None and opens is not None and last < opens:
                yield (*at, "opens"), f"{CLOSED}; {in_turn} it is {said(opens)} to {said(last)}"
                return
        day = every.next_start(day)
