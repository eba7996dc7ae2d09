"""Absences: the deadline does not move, the recipient does. Why somebody is away is never asked.

Everybody says of themselves that they will be away; quality assurance and administrators of anybody.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from sqlmodel import col, select

from qabot.adapter import OpenForm, Reply, Say
from qabot.errors import BadRequest
from qabot.framework.calendar import local_day
from qabot.messaging.card import Row, Run
from qabot.messaging.form import Field, Form, Option
from qabot.models import Absence, Deadline, DeadlineState, Notice, NoticeState
from qabot.models.notice import GONE_OUT
from qabot.planning.directory import Staff, next_digest, next_hours
from qabot.workflows.access.records import is_steward
from qabot.workflows.core import in_turn
from qabot.workflows.core.covering import cover_over
from qabot.workflows.core.registry import FormSpec, Pressed, Registry, Verb, Word
from qabot.workflows.core.situation import people_changed
from qabot.workflows.core.subjects import Subject
from qabot.workflows.core.unit import Unit
from qabot.workflows.core.words import say_day

MOST = 100
"""Absences that one form offers: Teams takes no card of more than 28 KB. The console lists them all."""

PROPOSALS = ("out-of-office", "out-of-office-colleague")
"""The messages that ask whether somebody will be away."""
EARLIEST_DAYS, LATEST_DAYS = 60, 400
"""How far back an absence may begin, and how far ahead: it is noted when it is known, sometimes afterwards."""


def register(registry: Registry) -> None:
    """How people say that they are away, and that they are not."""
    registry.word(Word("away", "Say when you are away, and who stands in", _open_away, shows=True))
    registry.word(Word("back", "End an absence, or take it out", _open_back, shows=True))
    registry.verb(Verb("away", lambda subject: "I will be away", _open_away, lambda subject: True, for_all=True))
    registry.verb(Verb("back", lambda subject: "I am back", _open_back, lambda subject: True, for_all=True))
    registry.form(FormSpec("away", away_form, _take_away, for_all=True))
    registry.form(FormSpec("back", back_form, _take_back, for_all=True))


def away_now(unit: Unit, person: Staff) -> Row | None:
    """What somebody who is away today reads of it, with the button that ends it; None for everybody else."""
    away = person.absence(unit.today)
    if away is None:
        return None
    deputy = unit.directory.name(unit.directory.deputy(person.id, unit.today))
    said = f"You are away until {say_day(away.to_on)}. Until then, what is due goes to {deputy or 'managers'}."
    button = unit.tools.registry.button("back", Subject(), "", "")
    return Row((Run(said),), (button,) if button else ())


def _open_away(pressed: Pressed) -> Reply:
    return OpenForm(away_form(pressed))


def _open_back(pressed: Pressed) -> Reply:
    return OpenForm(back_form(pressed))


def away_form(pressed: Pressed) -> Form:
    """From when to when, and who stands in; for whoever looks after the programme also who."""
    unit, person = pressed.unit, pressed.person
    today, steward = unit.today, is_steward(unit, person)
    earliest, latest = today - timedelta(days=EARLIEST_DAYS), today + timedelta(days=LATEST_DAYS)
    usual = "the usual deputy" if steward else unit.directory.name(person.deputy_id)
    fields = (
        Field("from_on", "First day away", "date", earliest=earliest, latest=latest),
        Field("to_on", "Last day away", "date", earliest=today, latest=latest),
        Field(
            "deputy",
            "Who stands in?",
            "person",
            required=False,
            hint=f"If you leave this empty, it is {usual}" if usual else "If you leave this empty, it goes to managers",
        ),
    )
    who = Field("who", "Who is away?", "person", hint="Yourself, or a colleague")
    return Form(
        name="away",
        title="Away",
        intro="Dates stay as they are. What is due in that time goes to whoever stands in. Please do not say why.",
        fields=(who, *fields) if steward else fields,
        submit="Save",
        token=pressed.token,
        values=_proposed(pressed, steward=steward),
    )


def _proposed(pressed: Pressed, *, steward: bool) -> dict[str, str]:
    """The days about which a message asks, for whoever opens the form from it."""
    notice = pressed.notice
    if notice is None or notice.message not in PROPOSALS:
        return {}
    who = {"who": str(notice.subject_id)} if steward else {}
    return {**who, "from_on": notice.params["first"], "to_on": notice.params["until"]}


def _take_away(pressed: Pressed, clean: dict[str, Any]) -> Reply:
    unit, by = pressed.unit, pressed.person.id
    person = unit.directory.person(clean.get("who") or by)
    form = away_form(pressed)
    if person is None:
        form.errors["who"] = "Choose a person from the list."
        return OpenForm(form)
    in_turn.take(unit.session, ("person", person.id))
    form.errors.update(_wrong(unit, person, clean))
    if form.errors:
        return OpenForm(form)
    record(unit, person.id, clean["from_on"], clean["to_on"], clean["deputy"], by=by)
    deputy = unit.directory.person(clean["deputy"] or person.deputy_id)
    name, days = _you(person, by), _days(clean["from_on"], clean["to_on"])
    instead = f"{_you(deputy, by)} will stand in." if deputy else "Nobody stands in, so what is due goes to managers."
    return Say(f"Saved. {name} {'are' if person.id == by else 'is'} away {days}. {instead[:1].upper()}{instead[1:]}")


def _wrong(unit: Unit, person: Staff, clean: dict[str, Any]) -> dict[str, str]:
    """What does not fit together, by field."""
    errors: dict[str, str] = {}
    if clean["to_on"] < clean["from_on"]:
        errors["to_on"] = f"This is before the first day, {say_day(clean['from_on'])}."
    if clean["deputy"] is not None and unit.directory.person(clean["deputy"]) is None:
        errors["deputy"] = "Choose a person from the list."
    if clean["deputy"] == person.id:
        errors["deputy"] = "Nobody can stand in for themselves. Choose somebody else or leave it empty."
    known = next((each for each in person.away if _overlap(each.from_on, each.to_on, clean)), None)
    if known is not None:
        days = _days(known.from_on, known.to_on)
        errors["from_on"] = f"Known already: away {days}. Choose other days, or write “back” to take that out."
    return errors


def _overlap(from_on: date, to_on: date, clean: dict[str, Any]) -> bool:
    return bool(from_on <= clean["to_on"] and clean["from_on"] <= to_on)


def _you(person: Staff, me: int) -> str:
    return "You" if person.id == me else person.name


def _days(from_on: date, to_on: date) -> str:
    return f"on {say_day(from_on)}" if from_on == to_on else f"from {say_day(from_on)} to {say_day(to_on)}"


def back_form(pressed: Pressed) -> Form:
    """Which absence is over, or will not be; of oneself, or for whoever looks after the programme of anybody."""
    unit = pressed.unit
    rows = _to_come(unit, pressed.person)
    if not rows:
        raise BadRequest("You are not noted as away, today or later. Thank you.")
    names = {row.id: _you(unit.directory.people[row.person_id], pressed.person.id) for row in rows}
    return Form(
        name="back",
        title="Back",
        intro="From today on, what is due comes to the person again.",
        fields=(
            Field(
                "absence",
                "Which absence is over, or will not be?",
                "choice",
                options=tuple(Option(str(row.id), f"{names[row.id]}: {_days(row.from_on, row.to_on)}") for row in rows),
            ),
        ),
        submit="Save",
        token=pressed.token,
        values={"absence": str(rows[0].id)} if len(rows) == 1 or _is_now(rows[0], pressed) else {},
    )


def _is_now(row: Absence, pressed: Pressed) -> bool:
    """Whether this is the absence of whoever asks, today: then it is most likely this one that is over."""
    return row.person_id == pressed.person.id and row.from_on <= pressed.unit.today


def _to_come(unit: Unit, person: Staff) -> Sequence[Absence]:
    """The absences that this person may end: their own first, each by date."""
    query = select(Absence).where(col(Absence.to_on) >= unit.today)
    if not is_steward(unit, person):
        query = query.where(Absence.person_id == person.id)
    order = col(Absence.person_id) != person.id, col(Absence.from_on), col(Absence.id)
    absences = [each for each in unit.session.exec(query.order_by(*order)) if unit.directory.person(each.person_id)]
    return absences[:MOST]


def _take_back(pressed: Pressed, clean: dict[str, Any]) -> Reply:
    unit = pressed.unit
    row = next(each for each in _to_come(unit, pressed.person) if str(each.id) == clean["absence"])
    person = unit.directory.people[row.person_id]
    _end(unit, row, unit.today, by=pressed.person.id)
    verb = "are" if person.id == pressed.person.id else "is"
    return Say(f"Saved. {_you(person, pressed.person.id)} {verb} not away any more.")


def record(unit: Unit, person_id: int, from_on: date, to_on: date, deputy_id: int | None, *, by: int | None) -> bool:
    """Note that a person is away; False if that is known. Their deputy is told now what falls due in that time.

    The caller reads the situation anew afterwards: this one does not know of the absence yet.
    """
    staff = unit.directory.person(person_id)
    if staff is None:
        raise BadRequest("qabot does not know this person. Import the people first.")
    if to_on < from_on:
        raise BadRequest(f"The last day away ({say_day(to_on)}) is before the first ({say_day(from_on)}).")
    if deputy_id == person_id:
        raise BadRequest("Nobody can be their own deputy. Choose somebody else or leave it empty.")
    in_turn.take(unit.session, ("person", person_id))
    known = select(Absence.id).where(
        Absence.person_id == person_id,
        Absence.from_on == from_on,
        Absence.to_on == to_on,
        Absence.deputy_id == deputy_id,
    )
    if unit.session.exec(known).first() is not None:
        return False
    row = Absence(person_id=person_id, from_on=from_on, to_on=to_on, deputy_id=deputy_id)
    unit.session.add(row)
    unit.session.flush()
    people_changed(unit.session)
    unit.poke_all()
    unit.event("away", actor=by, subject=("person", person_id), until=to_on.isoformat(), deputy=deputy_id)
    about = col(Notice.subject_type) == "person", col(Notice.subject_id) == person_id
    unit.supersede("they are noted as away", *about, col(Notice.message).in_(PROPOSALS))
    deputy = unit.directory.named_deputy(staff, deputy_id)
    if deputy is not None and not _tell_deputy(unit, row, staff, deputy) and deputy_id not in (None, by):
        _tell_named(unit, row, staff, deputy)
    return True


def tell_deputies(unit: Unit) -> None:
    """Tell whoever covers, now or soon, what falls due in that time: each deputy once for each thing.

    For absences that came in by an import; the unit's situation must know of them already.
    """
    for row in unit.session.exec(select(Absence).where(col(Absence.to_on) >= unit.today)):
        staff = unit.directory.person(row.person_id)
        deputy = unit.directory.named_deputy(staff, row.deputy_id) if staff is not None else None
        if staff is not None and deputy is not None:
            _tell_deputy(unit, row, staff, deputy)


def _tell_named(unit: Unit, row: Absence, staff: Staff, deputy: Staff) -> None:
    """Nothing is due in that time yet: the deputy hears all the same that they are one."""
    unit.notify(
        "deputy-named",
        deputy.id,
        rule=unit.framework.processes.stand_in,
        subject=("person", staff.id),
        key=f"covering:{row.id}:{deputy.id}:named",
        absence=row.id,
        reason=f"Named as the deputy of {staff.name}",
        params={"away": staff.name, "first": row.from_on.isoformat(), "until": row.to_on.isoformat()},
    )


def _tell_deputy(unit: Unit, row: Absence, staff: Staff, deputy: Staff) -> bool:
    """Tell the deputy what falls due in that time; False if that is nothing so far."""
    query = select(Deadline).where(
        Deadline.owner_id == staff.id,
        Deadline.state == DeadlineState.open,
        col(Deadline.due_on) >= row.from_on,
        col(Deadline.due_on) <= row.to_on,
        col(Deadline.kind).not_in(list(unit.framework.surveys())),
    )
    deadlines = unit.session.exec(query).all()
    for deadline in deadlines:
        unit.notify(
            "covering",
            deputy.id,
            rule=deadline.rule,
            subject=(deadline.subject_type, deadline.subject_id),
            key=f"covering:{row.id}:{deputy.id}:{deadline.id}",
            absence=row.id,
            deadline=deadline.id,
            reason=f"{staff.name} is away and this is due in that time",
            params={"away": staff.name, "until": row.to_on.isoformat()},
        )
    return bool(deadlines)


def end(unit: Unit, person_id: int, day: date, *, by: int | None) -> bool:
    """A person is back on a day, earlier than noted; False if they were not away."""
    query = select(Absence).where(Absence.person_id == person_id, Absence.from_on <= day, Absence.to_on >= day)
    rows = list(unit.session.exec(query))
    for row in rows:
        _end(unit, row, day, by=by)
    return bool(rows)


def cut_short(unit: Unit, row: Absence, *, by: int | None) -> None:
    """An absence is over today, or will not be. Raises `BadRequest` of one that is past."""
    if row.to_on < unit.today:
        raise BadRequest("This absence is over already. Nothing was changed.")
    _end(unit, row, unit.today, by=by)


def _end(unit: Unit, row: Absence, day: date, *, by: int | None) -> None:
    """What is past of an absence stays noted. Deputies who have heard of it hear that it is off, and no others."""
    number, first, last = row.id, max(row.from_on, day), row.to_on
    in_turn.take(unit.session, ("person", row.person_id))
    if unit.session.get(Absence, number) is None:
        return
    deputies = stop_covering(unit, row) - {by, row.person_id}
    if row.from_on < day:
        row.to_on = day - timedelta(days=1)
        unit.session.add(row)
    else:
        unit.session.delete(row)
    people_changed(unit.session)
    unit.poke_all()
    _bring_forward(unit, row.person_id)
    unit.event("back", actor=by, subject=("person", row.person_id))
    for each in sorted(deputies):
        _tell_no_deputy(unit, unit.directory.people[row.person_id], each, (first, last))


def stop_covering(unit: Unit, row: Absence) -> set[int]:
    """Nobody is told any more that they stand in because of this absence. Who has been told of it, or may have been."""
    for_it = col(Notice.absence_id) == row.id
    unit.supersede("the colleague is back", for_it)
    people = set(unit.session.exec(select(Notice.recipient_id).where(for_it, col(Notice.state).in_(GONE_OUT))))
    cover_over(unit.session, for_it)
    return people


def _tell_no_deputy(unit: Unit, staff: Staff, person: int, days: tuple[date, date]) -> None:
    """Whoever was told that they stand in hears that they do not, while there is a day of it to come."""
    deputy = unit.directory.person(person)
    if deputy is None or local_day(unit.next_message(deputy)) > days[1]:
        return
    unit.notify(
        "covering-over",
        person,
        rule=unit.framework.processes.stand_in,
        subject=("person", staff.id),
        key=f"covering-over:{staff.id}:{person}:{unit.now.isoformat()}",
        reason=f"{staff.name} is not away after all",
        params={"away": staff.name, "first": days[0].isoformat(), "until": days[1].isoformat()},
    )


def _bring_forward(unit: Unit, person_id: int) -> None:
    """What waited for somebody's return comes as soon as they are at work. The re-check knows of other absences."""
    staff = replace(unit.directory.people[person_id], away=())
    query = select(Notice).where(
        Notice.recipient_id == person_id,
        Notice.state == NoticeState.planned,
        col(Notice.not_before) > unit.now,
        Notice.lane != "alert",
    )
    calendar = unit.situation.calendar
    for notice in unit.session.exec(query):
        soon = next_hours(staff, unit.now, calendar)
        if not notice.alone:
            soon = next_digest(staff, unit.today, unit.now, calendar)
        notice.not_before = min(notice.not_before, soon)
        unit.session.add(notice)
