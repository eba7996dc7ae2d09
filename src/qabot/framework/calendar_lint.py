"""What can be wrong with named periods and with who rests in them; and which days of a file run out."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from qabot.errors import Problem
from qabot.framework.activities import Activity
from qabot.framework.loader import did_you_mean
from qabot.framework.named_periods import EVERYBODY, said
from qabot.framework.schema import Framework
from qabot.framework.source import KeyPath

Found = tuple[KeyPath, str]
NOTICE = timedelta(days=60)
"""How long before the last day of a period on which somebody rests qabot asks for the next one."""


def check(framework: Framework) -> Iterator[Found]:
    """Every problem: its key path and what is wrong."""
    for name, activity in framework.activities.items():
        for who, periods in activity.rest.items():
            at: KeyPath = ("activities", name, "rest", who)
            if activity.every.on_request:
                yield at, "work on request is given by people, so nobody rests from it here; leave 'rest' out"
                continue
            unknown = [each for each in periods if each not in framework.named_periods]
            known = list(framework.named_periods)
            yield from (
                (at, f"there is no period {each!r} under 'calendar'{did_you_mean(each, known)}") for each in unknown
            )
            yield from ((at, what) for what in _whole_cycles(framework, activity, periods))


def warnings(framework: Framework) -> Iterator[Found]:
    """A name that is no role is taken for a team's: only the service knows which teams there are."""
    for name, activity in framework.activities.items():
        for who in activity.rest:
            if who != EVERYBODY and who not in framework.roles:
                guess = did_you_mean(who, [*framework.roles, EVERYBODY])
                yield ("activities", name, "rest", who), f"no role is called {who!r}, so the team {who} rests{guess}"


def _whole_cycles(framework: Framework, activity: Activity, periods: tuple[str, ...]) -> Iterator[str]:
    """The first cycle, if there is one, that a rest covers from its first day to its last."""
    known = [framework.named_periods[each] for each in periods if each in framework.named_periods]
    days = {day for each in known for span in each.days for day in each.days_within(span.first, span.last)}
    for day in sorted(days):
        cycle = None if activity.every.problems() else activity.every.period(day)
        if cycle is not None and cycle.starts == day and _covers(days, cycle.starts, cycle.ends):
            yield (
                f"this rest covers a whole cycle, from {said(cycle.starts)} to {said(cycle.ends)}, in which nothing "
                "could be done; expected days within a cycle"
            )
            return


def _covers(days: set[date], first: date, last: date) -> bool:
    return all(first + timedelta(days=number) in days for number in range((last - first).days + 1))


@dataclass(frozen=True, slots=True)
class Ending:
    """Days of a file of which the last has come near, or is past (`over`): of a period on which somebody rests, or of a
    gathering. `at` is where the file lists them.
    """

    name: str
    over: bool
    what: str
    at: KeyPath


def endings(framework: Framework, today: date) -> list[Ending]:
    """What has run out, and what will within `NOTICE`: periods on which somebody rests, and days of gatherings."""
    return [*_periods(framework, today), *_of_gatherings(framework, today)]


def _of_gatherings(framework: Framework, today: date) -> Iterator[Ending]:
    for name, gathering in framework.gatherings.items():
        days = gathering.days if isinstance(gathering.days, tuple) else ()
        if not days or max(days) > today + NOTICE or gathering.rule in framework.without:
            continue
        over = max(days) < today
        when = f"the last of its days {'was' if over else 'is'} {said(max(days))}"
        planned = "planned no more" if over else "planned no more after that"
        what = f"{when}, so it is {planned}; add the next ones, or write 'every'"
        yield Ending(name, over, what, ("gatherings", name, "days"))


def _periods(framework: Framework, today: date) -> list[Ending]:
    resting: dict[str, list[str]] = {}
    for activity in framework.activities.values():
        for name in {each for periods in activity.rest.values() for each in periods}:
            resting.setdefault(name, []).append(activity.plural)
    ending = []
    for name, period in framework.named_periods.items():
        if name not in resting or period.ends > today + NOTICE:
            continue
        over = period.ends < today
        rests = f"nobody rests from {' and '.join(resting[name])} {'any more' if over else 'after that'}"
        begins = "the last day of this period was" if over else "the last day of this period is"
        what = f"{begins} {said(period.ends)}, so {rests}; add the next days under 'days', or take it out of 'rest'"
        ending.append(Ending(name, over, what, ("calendar", name, "days")))
    return ending


def problems(framework: Framework, today: date, *, over: bool) -> list[Problem]:
    """Where the file says the days that have run out (`over`), or that will."""
    days = [each for each in endings(framework, today) if each.over == over]
    return [framework.place(each.at).problem(each.at, each.what) for each in days]
