"""The days of gatherings: planned ahead, held, moved, cancelled; what hangs on one goes with it (sentence 23)."""

from collections.abc import Collection, Iterable, Iterator, Set
from dataclasses import dataclass
from datetime import date
from typing import Literal

from sqlalchemy import BindParameter, bindparam
from sqlalchemy import select as select_rows
from sqlmodel import col, select

from qabot.framework.calendar import local_day
from qabot.framework.gatherings import AFTER, CANCELLED, DAY, HELD_MOMENT, PLANNED, SOON, Gathering
from qabot.framework.offsets import parse_moment
from qabot.framework.vocabulary import OCCASION
from qabot.models import Deadline, Event, Notice, NoticeState, Occasion, OccasionState, columns
from qabot.models.notice import WAITING
from qabot.planning.directory import Staff, next_hours
from qabot.workflows.access import chairing
from qabot.workflows.core import dates, moments, occasions, rearming, topic
from qabot.workflows.core.questions import asked
from qabot.workflows.core.unit import Unit

OF_THE_DAY = ("gathering-planned", "gathering-invitation", "gathering-moved")
"""Messages that say when it is."""
KEYS = select_rows(columns.table(Occasion).c.thing, columns.table(Occasion).c.key)
NOTED = select(Occasion).where(Occasion.state == OccasionState.noted)
"""The days that a file has named and that are not announced yet."""
_of: BindParameter[str] = bindparam("of", expanding=True)
PASSED = (
    select(Occasion)
    .where(Occasion.state == OccasionState.planned, Occasion.day < bindparam("today"), col(Occasion.thing).not_in(_of))
    .order_by(col(Occasion.id))
)
"""The days that have passed of all but some things."""
TO_COME = (OccasionState.noted, OccasionState.planned)


@dataclass(frozen=True, slots=True)
class Planned:
    """A day that a gathering is to have: what tells it from the others, and the day itself."""

    key: str
    day: date


def run(unit: Unit) -> None:
    """Plan the days that are to be announced by now, and note the events whose day has passed."""
    known = _keys(unit)
    for name, gathering in unit.framework.gatherings.items():
        for each in _to_plan(unit, name, gathering, known.get(name, set())):
            if each.key not in known.get(name, ()):
                _plan(unit, name, gathering, each)
    for noted in unit.session.exec(NOTED).all():
        _announce(unit, noted)
    for event in _passed_events(unit):
        event.state, event.changed_at = OccasionState.held, unit.now
        unit.session.add(event)
        unit.event("day-held", subject=(OCCASION, event.id), rule=_rule(unit, event))
        moments.happen(unit, event.thing, HELD_MOMENT, topic.About.day(event))


def _keys(unit: Unit) -> dict[str, set[str]]:
    """The key of each day that is known, by what it is a day of: read once, since each rhythm is held against them."""
    keys: dict[str, set[str]] = {}
    for name, key in columns.run(unit.session, KEYS):
        keys.setdefault(name, set()).add(key)
    return keys


def _to_plan(unit: Unit, name: str, gathering: Gathering, known: Set[str]) -> Iterator[Planned]:
    """The days from today on that are announced by today, in order."""
    calendar = unit.situation.calendar
    for each in _days(unit, gathering, known):
        announced = gathering.announce.day({DAY: each.day, f"{name}.{DAY}": each.day}, calendar)
        if announced is not None and announced > unit.today:
            return
        if each.day >= unit.today:
            yield each


def _days(unit: Unit, gathering: Gathering, known: Set[str]) -> Iterator[Planned]:
    if isinstance(gathering.days, tuple):
        yield from (Planned(day.isoformat(), day) for day in sorted(gathering.days))
    rhythm = gathering.every
    if rhythm is None or rhythm.on_request:
        return
    current = rhythm.period(unit.today)
    start = current.starts if current is not None else rhythm.next_start(unit.today)
    while start is not None and (period := rhythm.period(start)) is not None:
        # One was planned for this period while the file had another rhythm: that is its day.
        if not any(period.starts.isoformat() < key <= period.ends.isoformat() for key in known):
            yield Planned(period.key, unit.situation.calendar.roll(start, "later"))
        start = rhythm.next_start(start)


def _plan(unit: Unit, name: str, gathering: Gathering, each: Planned) -> None:
    if gathering.rule in unit.framework.without:
        _note_left_out(unit, gathering, each)
        return
    plan(
        unit,
        Occasion(
            thing=name,
            key=each.key,
            title=gathering.title,
            day=each.day,
            planned_at=unit.now,
            changed_at=unit.now,
        ),
    )


def _note_left_out(unit: Unit, gathering: Gathering, each: Planned) -> None:
    """That a day is not planned stands in the log once."""
    why = f"its rule is switched off: {gathering.title}, {each.key}"
    if unit.session.exec(select(Event.id).where(Event.what == "day-left-out", Event.why == why)).first() is None:
        unit.event("day-left-out", rule=gathering.rule, why=why)


def plan(unit: Unit, occasion: Occasion, *, by: int | None = None) -> Occasion:
    """A day becomes known: what is brought to it opens, and whoever is invited is told."""
    unit.session.add(occasion)
    unit.session.flush()
    gathering = unit.framework.gatherings.get(occasion.thing)
    rule = _rule(unit, occasion)
    unit.event("day-planned", actor=by, subject=(OCCASION, occasion.id), rule=rule, day=occasion.day.isoformat())
    moments.happen(unit, occasion.thing, PLANNED, topic.About.day(occasion), by=by)
    if gathering is not None and not gathering.is_report:
        chairs = chairing.runners(unit, gathering, occasion.day)
        if not _is_near(unit, occasion):
            _tell(unit, occasion, "gathering-planned", chairs, role="chair")
        invited = [each for each in chairing.held_by(unit, gathering.to, occasion.day) if each not in chairs]
        _tell(unit, occasion, "gathering-invitation", invited)
    return occasion


def invite(unit: Unit, occasion: Occasion, people: Collection[int]) -> None:
    """Invite these people too, unless they were told of this day."""
    known = chairing.told(unit, occasion) if people else ()
    _tell(unit, occasion, "gathering-invitation", [each for each in people if each not in known])


def _is_near(unit: Unit, occasion: Occasion) -> bool:
    """Whether whoever chairs it hears at once that it is near: that it is planned would say the same twice."""
    known = topic.About.day(occasion).dates
    ladder = unit.framework.ladder_of(f"{occasion.thing}{AFTER}")
    steps = [each.at for each in ladder.steps if each.send == SOON and each.at is not None]
    days = [at.day(known, unit.situation.calendar) for at in steps]
    return any(day is not None and day <= unit.today for day in days)


def learn(unit: Unit, occasion: Occasion) -> None:
    """A day came by a file: an event is planned at once, a gathering when it is to be announced."""
    if occasion.thing not in unit.framework.gatherings:
        plan(unit, occasion)
        return
    occasion.state = OccasionState.noted
    unit.session.add(occasion)
    unit.session.flush()
    _announce(unit, occasion)


def _announce(unit: Unit, occasion: Occasion) -> None:
    """Plan a day that a file has named, if it is to be announced by today."""
    gathering = unit.framework.gatherings.get(occasion.thing)
    if gathering is None or occasion.day < unit.today or gathering.rule in unit.framework.without:
        return
    announced = gathering.announce.day(topic.About.day(occasion).dates, unit.situation.calendar)
    if announced is None or announced <= unit.today:
        occasion.state, occasion.planned_at = OccasionState.planned, unit.now
        plan(unit, occasion)


def _passed_events(unit: Unit) -> list[Occasion]:
    """Imported events, and what the file has no more, of which nobody says how it went."""
    passed = unit.session.exec(PASSED, params={"today": unit.today, "of": list(unit.framework.gatherings)}).all()
    return [
        each
        for each in passed
        if each.thing in unit.framework.events or not unit.open_deadlines((OCCASION, each.id), {f"{each.thing}{AFTER}"})
    ]


def hold(unit: Unit, occasion: Occasion, *, by: int | None) -> bool:
    """It was held, or the report has gone out, which those who read it are told; False if that was known."""
    if not _leave_planned(unit, occasion, OccasionState.held):
        return False
    unit.event("day-held", actor=by, subject=(OCCASION, occasion.id), rule=_rule(unit, occasion))
    moments.happen(unit, occasion.thing, HELD_MOMENT, topic.About.day(occasion), by=by)
    gathering = unit.framework.gatherings.get(occasion.thing)
    if gathering is not None and gathering.is_report:
        readers = chairing.held_by(unit, gathering.to, unit.today)
        _tell(unit, occasion, "report-out", [each for each in readers if each != by])
    return True


def cancel(unit: Unit, occasion: Occasion, why: str, *, by: int | None, missed: bool = False) -> bool:
    """It is not to be, and nothing is owed for it any more; False if it was no longer planned. `why` is for people.

    `missed`: its day came, and it was not held.
    """
    before = occasion.state
    if not _leave_planned(unit, occasion, OccasionState.cancelled):
        return False
    occasion.why, occasion.missed = why, missed
    unit.session.add(occasion)
    subject = (OCCASION, occasion.id)
    unit.event("day-cancelled", actor=by, subject=subject, rule=_rule(unit, occasion), why=why)
    # That a day has passed without it is no news: they were there, or have heard it from whoever was.
    gathering = unit.framework.gatherings.get(occasion.thing)
    is_past = missed or occasions.is_over(occasion.day, gathering, unit.now)
    people: set[int] = set() if is_past else chairing.told(unit, occasion)
    ended = "was not held" if is_past else "is cancelled"
    for deadline in dates.running(unit, subject):
        unit.close(deadline, f"Withdrawn: {occasion.title} {ended}", by=by, withdrawn=True)
    _unsay(unit, occasion, "it is cancelled")
    _tell(unit, occasion, "gathering-cancelled", sorted(people - {by}))
    if before == OccasionState.planned:
        moments.happen(unit, occasion.thing, CANCELLED, topic.About.day(occasion), by=by)
    return True


def move(unit: Unit, occasion: Occasion, day: date, *, by: int | None) -> bool:
    """It has another day, and so has what counts from it; False if nothing changes, or it is no longer planned.

    Who was told of something that has another date now is told of that; everybody else who was told, of the day.
    """
    unit.session.refresh(occasion, with_for_update=True)
    if occasion.state not in TO_COME or occasion.day == day:
        return False
    before, occasion.day = occasion.day, day
    later = before < day
    occasion.sequence, occasion.changed_at = occasion.sequence + 1, unit.now
    unit.session.add(occasion)
    subject = (OCCASION, occasion.id)
    unit.event(
        "day-moved",
        actor=by,
        subject=subject,
        rule=_rule(unit, occasion),
        before=before.isoformat(),
        after=day.isoformat(),
    )
    # What waits to be said is drawn with the new day, so whoever has yet to hear of it hears of that one.
    people = chairing.told(unit, occasion) - {by} - _to_hear(unit, occasion, before)
    moved = [each for each in dates.running(unit, subject) if _take_along(unit, each, occasion, later=later)]
    params = {"before": before.isoformat()}
    for deadline in moved:
        if deadline.owner_id in people:
            _tell(unit, occasion, "gathering-moved", [deadline.owner_id], deadline=deadline, params=params)
    own = {each.owner_id for each in moved}
    _tell(unit, occasion, "gathering-moved", sorted(people - own), params=params)
    if occasion.state == OccasionState.noted:
        _announce(unit, occasion)
    return True


def _take_along(unit: Unit, deadline: Deadline, occasion: Occasion, *, later: bool) -> bool:
    """Count a deadline anew from its gathering's day; whether it has another date now.

    One that moves earlier is due the next working day at the soonest (sentence 17). Where the gathering moves `later`,
    so is one that was due already: there is time for it again, until the day itself.
    """
    calendar, (duty, _) = unit.situation.calendar, asked(unit, deadline)
    about = topic.about_deadline(unit, deadline)
    anchors = {**deadline.anchors, **{name: day.isoformat() for name, day in topic.About.day(occasion).dates.items()}}
    known = {name: parse_moment(text) for name, text in anchors.items()}
    before, due = deadline.due_on, dates.due_of(unit, duty, about) if duty is not None else None
    steps = rearming.wanted(unit, deadline)
    counts = due is not None and bool({DAY, f"{occasion.thing}.{DAY}"} & set(due.anchors))
    deadline.anchors = anchors
    unit.poke([deadline])
    if duty is not None and counts:
        soonest = calendar.add_days(unit.today, 1)
        if later:
            soonest = min(soonest, occasion.day)
        elif before is not None:
            soonest = min(soonest, before)
        day, at = dates.due_for_day(unit, duty, due, known, soonest)
        if day is not None and (day, at) != (before, deadline.due_at):
            rearming.move(unit, deadline, day, at)
    if duty is not None:
        deadline.opens_on = duty.opening(known, calendar, deadline.due_on)
    rearming.follow(unit, deadline, steps)
    if deadline.due_on == before:
        return False
    unit.event_of(
        deadline,
        "due-moved",
        why=f"{occasion.title} was moved",
        before=before.isoformat() if before else "",
        after=deadline.due_on.isoformat() if deadline.due_on else "",
    )
    return True


def _leave_planned(unit: Unit, occasion: Occasion, state: OccasionState) -> bool:
    """Let it be held or cancelled once: of two at one time only the first does anything."""
    unit.session.refresh(occasion, with_for_update=True)
    if occasion.state not in TO_COME:
        return False
    occasion.state, occasion.changed_at = state, unit.now
    occasion.sequence += state == OccasionState.cancelled
    unit.session.add(occasion)
    return True


def _to_hear(unit: Unit, occasion: Occasion, before: date) -> set[int]:
    """Those for whom a message about the day waits already. One that says it moved is dropped if it has moved back.

    One that would come after it, now that it is sooner, does not wait for that.
    """
    query = select(Notice).where(
        Notice.subject_type == OCCASION,
        Notice.subject_id == occasion.id,
        col(Notice.state).in_(WAITING),
        col(Notice.message).in_(OF_THE_DAY),
    )
    waiting = unit.session.exec(query).all()
    back = [each.id for each in waiting if each.params.get("before") == occasion.day.isoformat()]
    if back:
        unit.supersede("it was moved back", col(Notice.id).in_(back))
    for notice in waiting:
        if notice.id not in back and notice.state == NoticeState.planned:
            _bring_forward(unit, occasion, notice, before)
    return {each.recipient_id for each in waiting}


def _bring_forward(unit: Unit, occasion: Occasion, notice: Notice, before: date) -> None:
    staff, days = unit.directory.person(notice.recipient_id), (before, occasion.day)
    goes = _goes(unit, occasion, staff, days) if staff is not None else ""
    if staff is None or not goes:
        return
    at = unit.now if goes == "at once" else next_hours(staff, unit.now, unit.situation.calendar)
    if at < notice.not_before:
        notice.not_before, notice.alone, notice.carrier_id = at, True, None
        notice.params = {**notice.params, **({"at_once": "yes"} if goes == "at once" else {})}
        unit.session.add(notice)


def _goes(unit: Unit, occasion: Occasion, staff: Staff, days: Collection[date]) -> Literal["", "alone", "at once"]:
    """How a message goes that must be read before the first of these `days` on which its person is at work.

    By itself or at once, where the daily message would come too late; at once is out of hours too, if they are here.
    """
    gathering, calendar = unit.framework.gatherings.get(occasion.thing), unit.situation.calendar
    begin = sorted(occasions.begins(each, gathering) for each in days if staff.works(each, calendar))
    begins = next((each for each in begin if each > unit.now), None)
    if any(occasions.is_under_way(each, gathering, unit.now) for each in days):
        # Without hours it is to come until the day is over; tomorrow's message would be about yesterday.
        return "alone" if local_day(next_hours(staff, unit.now, calendar)) == unit.today else ""
    if begins is None or unit.next_message(staff) < begins:
        return ""
    in_time = next_hours(staff, unit.now, calendar) < begins
    return "alone" if in_time or staff.absence(unit.today) else "at once"


def _unsay(unit: Unit, occasion: Occasion, why: str) -> None:
    """What waits to be said about the day alone is no longer true."""
    of_it = (col(Notice.subject_type) == OCCASION, col(Notice.subject_id) == occasion.id)
    unit.supersede(why, *of_it, col(Notice.deadline_id).is_(None))


def _tell(
    unit: Unit,
    occasion: Occasion,
    message: str,
    people: Iterable[int],
    *,
    role: str = "",
    deadline: Deadline | None = None,
    params: dict[str, str] | None = None,
) -> None:
    about = deadline.id if deadline is not None else 0
    days = (occasion.day, *occasions.moved_from(params or {}))
    for person in people:
        staff = unit.directory.person(person)
        if staff is None:
            continue
        goes = _goes(unit, occasion, staff, days) if message in occasions.BEFORE_IT else ""
        unit.notify(
            message,
            person,
            rule=_rule(unit, occasion),
            subject=(OCCASION, occasion.id),
            role=role,
            key=f"occasion:{occasion.id}:{message}:{occasion.sequence}:{about}:{person}",
            reason=f"{_rule(unit, occasion)}: {occasion.title}",
            deadline=deadline.id if deadline is not None else None,
            params=params,
            alone=goes == "alone",
            at_once=goes == "at once",
        )


def _rule(unit: Unit, occasion: Occasion) -> str:
    known = unit.framework.occasion(occasion.thing)
    return known.rule if known is not None else ""
