"""What people call the day of a gathering or an imported event, and how messages see it."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from qabot.framework.calendar import LONDON, at_local
from qabot.framework.gatherings import Gathering
from qabot.framework.schema import Framework
from qabot.messaging.values import join_and, time_of_day
from qabot.messaging.views import OccasionView
from qabot.models.rows import OccasionRow
from qabot.planning.directory import Directory
from qabot.workflows.core.words import say_day

BEFORE_IT = ("gathering-planned", "gathering-soon", "gathering-invitation", "gathering-moved", "gathering-cancelled")
"""What is said of a day while it is still to come, and no more once it is past."""
AFTERWARDS = "afterwards"
"""A notice's parameter: it was said only once the day had passed, so it is said all the same."""
WHOLE_DAY = time(9, 30)
"""By when (local) whoever comes to something without hours is to know of it."""


def name(occasion: OccasionRow) -> str:
    """Which one it is: "Practice Board on 15 December 2026", "A file closes (123456) on 4 January 2027"."""
    reference = f" ({occasion.reference})" if occasion.reference else ""
    return f"{occasion.title}{reference} on {say_day(occasion.day)}"


def view(occasion: OccasionRow, framework: Framework, directory: Directory) -> OccasionView:
    """The day as message files see it.

    `people` are the titles of the roles that chair it, or write it, and `chairs` the names of those who hold them.
    """
    gathering = framework.gatherings.get(occasion.thing)
    roles = gathering.people(framework.doing("runs-quality")) if gathering else ()
    chairs = dict.fromkeys(each for role in roles for each in directory.holders(role, occasion.day))
    return OccasionView(
        title=occasion.title,
        name=name(occasion),
        day=occasion.day,
        hours=hours(occasion, gathering),
        people=join_and(framework.roles[each].title for each in roles if each in framework.roles),
        chairs=tuple(directory.name(each) for each in chairs),
        state=occasion.state,
        why=occasion.why,
        gathering=gathering is not None,
        meeting=gathering is not None and not gathering.is_report,
    )


def begins(day: date, gathering: Gathering | None) -> datetime:
    """By when (UTC) whoever comes on a day is to know of it: as it begins."""
    return at_local(day, gathering.starts if gathering and gathering.starts else WHOLE_DAY)


def is_over(day: date, gathering: Gathering | None, now: datetime) -> bool:
    """Whether the hours of a day are past, or if it has none the day itself."""
    ends = gathering.ends if gathering is not None else None
    return now >= (at_local(day, ends) if ends else at_local(day + timedelta(days=1), time(0, 0)))


def is_under_way(day: date, gathering: Gathering | None, now: datetime) -> bool:
    """Whether a day without hours has begun and is not over."""
    has_hours = gathering is not None and gathering.starts is not None
    return not has_hours and begins(day, gathering) <= now and not is_over(day, gathering, now)


def moved_from(params: Mapping[str, str]) -> list[date]:
    """The day that it had before, of a message that says that it was moved."""
    return [date.fromisoformat(params["before"])] if "before" in params else []


def hours(occasion: OccasionRow, gathering: Gathering | None) -> str:
    """From when to when, in words; empty for a whole day."""
    if gathering is None or gathering.starts is None or gathering.ends is None:
        return ""
    starts, ends = (datetime.combine(occasion.day, each, LONDON) for each in (gathering.starts, gathering.ends))
    return f"{time_of_day(starts)} to {time_of_day(ends)}"
