"""What happens in an invented council besides the work: people leave, join, are away, ask for work, and are praised."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from qabot.demo.council import CouncilData, PersonData
from qabot.framework import Activity, Framework
from qabot.framework.calendar import Calendar, at_local, local_day
from qabot.imports import people_rows
from qabot.imports.sheet import Cell, Record, Sheet
from qabot.simulation.scenario import AskFor, Away, Does, Happening, ImportPerson, Nominate

MID_MORNING = time(11, 5)
LEAVING, JOINING = 50, 57
"""Days from the first day to somebody's leaving, and to the day on which whoever follows them begins."""
AWAY_EVERY, AWAY_FOR = 28, 10
PRAISE_EVERY = 9
ASKED_EVERY, ASKED_AHEAD = 45, timedelta(days=21)
THEME = "Recording of decisions"
AWAY_AHEAD = timedelta(days=7)
FOLLOWER = ("Robin Newcombe", "robin.newcombe@council.example")
"""Whoever follows: no name of `names`."""
PRAISE = (
    ("Prepared a difficult meeting together with the whole team.", "Everybody knew what would happen next."),
    ("Wrote a clear record of why a decision was taken.", "A colleague could carry on without asking."),
    ("Stayed with a hard conversation and listened.", "It was heard, and the plan was changed."),
)


def story(council: CouncilData, first: date, last: date, framework: Framework) -> list[Happening]:
    """The happenings of a period in an invented council, in order of time; those of one council are always the same."""
    calendar = framework.calendar()
    happenings = [*_leaving(council, first), *_away(council, first, last), *_praise(council, first, last)]
    happenings += _requests(council, first, last, framework)
    moved = [replace(each, at=_at_work(each, calendar)) for each in happenings]
    gone = next(each.at for each in moved if isinstance(each.does, ImportPerson))
    there = (each for each in moved if each.at < gone or not _asks(each.does, _leaver(council).email))
    return sorted((each for each in there if each.at.date() <= last), key=lambda each: each.at)


def _asks(does: Does, email: str) -> bool:
    """Whether somebody is asked for work, asks for it, or is whom it is about."""
    return isinstance(does, AskFor) and email in (does.by, does.to, does.person)


def _at_work(happening: Happening, calendar: Calendar) -> datetime:
    return at_local(calendar.roll(local_day(happening.at), "later"), MID_MORNING)


def _on(day: date, does: Does) -> Happening:
    return Happening(at_local(day, MID_MORNING), type(does).__name__, does, 0)


def _leaving(council: CouncilData, first: date) -> Iterator[Happening]:
    """The last of those who have a post in a team leaves, and somebody follows a week later."""
    leaver = _leaver(council)
    yield _on(first + timedelta(days=LEAVING), _import(leaver, active="no"))
    name, email = FOLLOWER
    follower = replace(leaver, name=name, email=email, away_from=None, away_to=None, away_deputy="", deputy="")
    yield _on(first + timedelta(days=JOINING), _import(follower))


def _leaver(council: CouncilData) -> PersonData:
    return next(each for each in reversed(council.people) if (each.team and each.roles) or each is council.people[0])


def _import(person: PersonData, active: str = "yes") -> ImportPerson:
    """One row of the people file."""
    given = {
        "name": person.name,
        "email": person.email,
        "team": person.team,
        "service": person.service,
        "roles": ";".join(person.roles),
        "line_manager": person.line_manager,
        "active": active,
    }
    record = Record("the story", 0, {heading: Cell(text, 0, 0) for heading, text in given.items()})
    return ImportPerson(people_rows(Sheet("the story", frozenset(given), (record,), ())))


def _away(council: CouncilData, first: date, last: date) -> Iterator[Happening]:
    """Every few weeks somebody is on leave, and says so a week before."""
    people = [each for each in council.people if each.away_from is None]
    for number in range((last - first).days // AWAY_EVERY):
        begins = first + timedelta(days=AWAY_EVERY * number + 20)
        person = people[number * 7 % len(people)]
        away = Away(**{"person": person.email, "from": begins, "to": begins + timedelta(days=AWAY_FOR)})
        yield _on(begins - AWAY_AHEAD, away)


def _praise(council: CouncilData, first: date, last: date) -> Iterator[Happening]:
    """Now and then somebody tells of a colleague's good practice."""
    people = council.people
    for number in range((last - first).days // PRAISE_EVERY):
        by, nominee = people[number * 11 % len(people)], people[(number * 11 + 5) % len(people)]
        what, difference = PRAISE[number % len(PRAISE)]
        praise = Nominate(by=by.email, nominee=nominee.email, what=what, difference=difference)
        yield _on(first + timedelta(days=PRAISE_EVERY * number + 4), praise)


def _requests(council: CouncilData, first: date, last: date, framework: Framework) -> Iterator[Happening]:
    """Now and then somebody asks for a piece of each kind of work that is asked for."""
    activities = [(name, each) for name, each in framework.activities.items() if each.asked_by]
    for turn in range((last - first).days // ASKED_EVERY):
        for number, (name, activity) in enumerate(activities):
            day = first + timedelta(days=ASKED_EVERY * turn + 20 + number)
            request = _request(council, name, activity, turn, day)
            yield from [_on(day, request)] if request is not None else []


def _request(council: CouncilData, name: str, activity: Activity, turn: int, day: date) -> AskFor | None:
    """Who asks whom for it; None where nobody can be asked."""
    there = [each for each in council.people if each.away_from is None and each.roles]
    askers = [each for each in there if {*activity.asked_by} & {*each.roles}]
    asker = askers[turn % len(askers)] if askers else None
    case = council.cases[turn % len(council.cases)]
    doers = [each for each in there if each is not asker and each.team != case.team and each.email not in case.involved]
    if asker is None or not doers:
        return None
    doer = doers[turn * 3 % len(doers)]
    about = {"case": {"case": case.reference}, "person": {"person": case.practitioner}}
    about |= {"place": {"place": doer.service or THEME}, "theme": {"theme": THEME}}
    return AskFor(activity=name, by=asker.email, to=doer.email, due=day + ASKED_AHEAD, **about.get(activity.about, {}))
