"""The planner: one open deadline and now -> the notices to make, and when to look again.

Every step is planned once for all its recipients. When several steps are due at once (after an outage), each person
gets the latest of theirs, and the earlier ones are recorded as superseded.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from qabot.framework.calendar import Calendar, at_local, local_day
from qabot.framework.offsets import Moment
from qabot.framework.schema import Framework
from qabot.framework.steps import Ladder, Step
from qabot.planning.directory import ANYBODY, Directory, Staff, digest_since, last_worked, next_hours
from qabot.planning.occurrences import Mark, Occurrence, occurrences
from qabot.planning.recipients import Parties, Recipient, recipients

FIRST = "1"
"""The slot of a step's first time; what repeats counts on from there."""
EARLIEST_DAYS = 14
"""How many days before its day a reminder may come because the person is away on the day itself."""
ALERT_HELD_UNTIL = time(8, 30)


@dataclass(frozen=True, slots=True)
class Situation:
    """What planning needs to know besides one deadline. `tells` are the messages that ask nothing of anybody.

    `memory` is for what was worked out from it and stands as long as it does: it is made anew when people change.
    """

    framework: Framework
    calendar: Calendar
    directory: Directory
    tells: frozenset[str] = frozenset()
    memory: dict[Any, Any] = field(default_factory=dict, init=False, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class OpenDeadline:
    """An open deadline as planning sees it."""

    id: int
    rule: str
    parties: Parties
    anchors: Mapping[str, Moment]
    ladder: Ladder
    opened_at: datetime
    fired: frozenset[Mark] = frozenset()
    due_on: date | None = None
    due_at: datetime | None = None
    snoozed_until: datetime | None = None
    snoozed_by: int | None = None
    snoozes: int = 0


@dataclass(frozen=True, slots=True)
class PlannedNotice:
    """A notice to make. `overtaken_by` names the later step that makes this one superfluous for this person."""

    step: Step
    slot: str
    recipient: Recipient
    not_before: datetime
    reason: str
    overtaken_by: str | None = None
    at_once: bool = False
    """It goes at once, also out of hours: the next digest would come after it is due."""
    alone: bool = False
    """It goes by itself, not in a digest: at once, or at an hour that its step names."""

    @property
    def listed(self) -> bool:
        """Whether it is a line of the person's list of the week, and no notice of its own."""
        return self.step.gather == "week" and self.step.lane != "alert" and not (self.alone or self.overtaken_by)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is due now, and when the deadline wants to be looked at again (None: never by itself)."""

    notices: list[PlannedNotice] = field(default_factory=list)
    fired: list[Mark] = field(default_factory=list)
    next_at: datetime | None = None
    nobody: list[str] = field(default_factory=list)


def plan(deadline: OpenDeadline, situation: Situation, now: datetime) -> Plan:
    """What one deadline wants at `now` (UTC). Pure: the same input gives the same plan."""
    result = Plan()
    moments: list[datetime] = []
    for occurrence in _to_plan(deadline, situation, now):
        moment = _fires_at(occurrence, deadline, situation, now)
        if moment > now:
            moments.append(moment)
            continue
        people = people_of(occurrence, deadline, situation, now)
        result.fired.append(occurrence.mark)
        if not people:
            result.nobody.append(occurrence.step.name)
        result.notices.extend(_notice(occurrence, each, deadline, situation, now) for each in people)
    return replace(result, notices=_overtake(result.notices), next_at=min(moments, default=None))


def _to_plan(deadline: OpenDeadline, situation: Situation, now: datetime) -> list[Occurrence]:
    ladder, anchors, fired = deadline.ladder, deadline.anchors, deadline.fired
    line = occurrences(ladder, anchors, deadline.opened_at, now, situation.calendar, fired, waiting=True)
    open_steps = [each for each in line if each.mark not in deadline.fired]
    again = _snoozed(deadline, line)
    return sorted([*open_steps, again], key=lambda each: each.moment) if again else open_steps


def again_slot(times: int) -> str:
    """What tells the message that comes once more from all others of its step, after so many times of putting off."""
    return f"snooze-{times}"


def _snoozed(deadline: OpenDeadline, line: list[Occurrence]) -> Occurrence | None:
    """The last step said once more to whoever snoozed it, unless another has been said since then."""
    if deadline.snoozed_until is None:
        return None
    said = [each for each in line if each.mark in deadline.fired and each.step.lane == "due"]
    if not said or said[-1].day >= local_day(deadline.snoozed_until):
        return None
    again = Occurrence(said[-1].step, again_slot(deadline.snoozes), deadline.snoozed_until, again=True)
    return None if again.mark in deadline.fired else again


def people_of(occurrence: Occurrence, deadline: OpenDeadline, situation: Situation, now: datetime) -> list[Recipient]:
    """Whom a step tells: whoever is there on the day on which it is read, which a Sunday or a bank holiday is not."""
    day = max(local_day(now), occurrence.day) if occurrence.step.lane != "alert" else local_day(now)
    its_day = local_day(not_before(occurrence, deadline.opened_at, ANYBODY, situation, now))
    too_late = deadline.due_on is not None and its_day > deadline.due_on >= day
    return _people_on(day if too_late else max(day, its_day), occurrence, deadline, situation)


def _people_on(day: date, occurrence: Occurrence, deadline: OpenDeadline, situation: Situation) -> list[Recipient]:
    """Whom a step tells on a day."""
    step, parties, directory = occurrence.step, deadline.parties, situation.directory
    news = step.send in situation.tells
    people = recipients(step.to, parties, directory, situation.framework, day, deputies=step.deputies, news=news)
    if not occurrence.again or deadline.snoozed_by is None:
        return people
    # In the role in which they are told: one answer may be several people's to give, and only one of them is the owner.
    roles = {each.person_id: each.role for each in people}
    role = "owner" if deadline.snoozed_by == parties.owner_id else roles.get(deadline.snoozed_by, "owner")
    staff = directory.person(deadline.snoozed_by)
    instead = [each for each in people if each.role == role] if staff is not None and staff.absence(day) else []
    return instead or [Recipient(deadline.snoozed_by, role, "asked to be reminded again")]


def _fires_at(occurrence: Occurrence, deadline: OpenDeadline, situation: Situation, now: datetime) -> datetime:
    """When to plan. A reminder rolled earlier is planned early enough for whoever is at work only before its day."""
    if occurrence.step.roll != "earlier" or isinstance(occurrence.at, datetime):
        return occurrence.moment
    parties, day = deadline.parties, occurrence.day
    recipients_of_step = people_of(occurrence, deadline, situation, now)
    earliest = max(day - timedelta(days=EARLIEST_DAYS), local_day(deadline.opened_at))
    direct = {parties.owner_id, parties.auditor_id} | {each.person_id for each in recipients_of_step}
    people = [staff for each in direct if (staff := situation.directory.person(each))]
    days = [last_worked(each, day, earliest, situation.calendar) or day for each in people]
    return at_local(min(days, default=day), time(0, 0))


def _notice(
    occurrence: Occurrence, recipient: Recipient, deadline: OpenDeadline, situation: Situation, now: datetime
) -> PlannedNotice:
    staff = situation.directory.people[recipient.person_id]
    why = f"{occurrence.step.rule}: {_when(occurrence)}"
    moment = not_before(occurrence, deadline.opened_at, staff, situation, now)
    at_once = _is_too_short(deadline, occurrence, moment, now)
    return PlannedNotice(
        step=occurrence.step,
        slot=occurrence.slot,
        recipient=recipient,
        not_before=max(now, occurrence.moment) if at_once else moment,
        at_once=at_once,
        alone=at_once or occurrence.at_hour,
        reason=f"{why} ({recipient.why})" if recipient.why else why,
    )


def _is_too_short(deadline: OpenDeadline, occurrence: Occurrence, moment: datetime, now: datetime) -> bool:
    """Whether the first word of a deadline would come after its day or hour, though there is still time to say it.

    Not to somebody who is at work again only after that day: they would find it out of hours.
    """
    step = occurrence.step
    if deadline.due_on is None or deadline.fired or step.lane != "due" or step.gather:
        return False
    return moment >= end_of(deadline.due_on, deadline.due_at) > max(now, occurrence.moment)


def end_of(due_on: date, due_at: datetime | None) -> datetime:
    """The moment (UTC) as of which something is late: an hour of its day, or the end of it."""
    return due_at or at_local(due_on + timedelta(days=1), time(0, 0))


def _when(occurrence: Occurrence) -> str:
    if occurrence.again:
        return "asked to be reminded again"
    step = occurrence.step
    if step.repeat is not None and occurrence.slot != FIRST:
        return str(step.repeat)
    return str(step.at) if step.at else f"each month, {occurrence.slot}"


def not_before(occurrence: Occurrence, opened: datetime, staff: Staff, situation: Situation, now: datetime) -> datetime:
    """When this person may get it: an alert at once (or, if the council holds them, at 8:30), the rest in a digest."""
    step, calendar = occurrence.step, situation.calendar
    if step.lane == "alert":
        return alert_moment(situation, now)
    if occurrence.at_hour:
        return next_hours(staff, max(now, occurrence.moment), calendar)
    day = occurrence.day
    if step.roll == "earlier":
        day = last_worked(staff, day, local_day(now), calendar) or day
    if step.lane == "news" or step.gather == "week":
        day += timedelta(days=-day.weekday() % 7)
    begins = at_local(day, time(0, 0))
    since = occurrence.moment if day == occurrence.day else begins
    return digest_since(staff, day, max(since, opened), now, calendar)


def alert_moment(situation: Situation, now: datetime) -> datetime:
    """When an alert may go: now, unless the council holds alerts outside its hours.

    Held by the same days by which its ladder counts, or its later steps would come while the first is still held.
    """
    framework, calendar = situation.framework, situation.calendar
    if framework.council.alerts_outside_hours == "send":
        return now
    alerts = [step for ladder in framework.ladders.values() for step in ladder.steps if step.lane == "alert"]
    if any(step.closures == "ignore" for step in alerts):
        calendar = calendar.without_closures()
    if calendar.is_open(now):
        return now
    day = local_day(calendar.at_work(now))
    return max(now, at_local(day, ALERT_HELD_UNTIL))


def _overtake(notices: list[PlannedNotice]) -> list[PlannedNotice]:
    """For each person the latest step stands; `notices` are in order of time.

    A reminder that is planned early, because somebody is away on its day, overtakes nothing that is said before it.
    """
    latest: dict[int, PlannedNotice] = {}
    result: list[PlannedNotice] = []
    for each in reversed(notices):
        later = latest.get(each.recipient.person_id)
        is_overtaken = later is not None and later.not_before <= each.not_before
        result.append(replace(each, overtaken_by=_name(later)) if later and is_overtaken else each)
        if not is_overtaken:
            latest[each.recipient.person_id] = each
    return result[::-1]


def _name(later: PlannedNotice) -> str:
    return f"{later.step.name} ({later.slot})" if later.slot != "1" else later.step.name
