"""Moments and duties: what happened to a subject, and what opens because of it. No council's flow stands here.

1. A moment is written down: it is never changed or undone.
2. Running deadlines whose ladder counts from it count anew, unless a step that counted otherwise was sent already.
3. The duties that open on it are gone through in the file's order; of each the first condition that holds opens it.
4. That a duty has opened is a moment too, on which others can open.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace

import structlog
from sqlmodel import col, select

from qabot.framework.describe_words import happens
from qabot.framework.duties import JUDGED, Duty
from qabot.framework.offsets import Moment as When
from qabot.framework.offsets import Offset
from qabot.framework.steps import kept_ladder
from qabot.framework.vocabulary import PRACTITIONER
from qabot.models import (
    Alert,
    Audit,
    Deadline,
    DeadlineState,
    Ending,
    Event,
    LadderSnapshot,
)
from qabot.models.availability import is_away
from qabot.planning.recipients import Parties, Recipient, owner_of, recipients
from qabot.workflows.core import calling, conditions, dates, in_turn, looks, news_of_practice, sheets, statements, topic
from qabot.workflows.core.parties import parties_of
from qabot.workflows.core.topic import About
from qabot.workflows.core.unit import Unit
from qabot.workflows.core.views import title_of

log = structlog.get_logger()
DONE, LET_OFF = "done", "let-off"


class _NoAlertError(Exception):
    """An alert could not be raised."""


def happen(unit: Unit, thing: str, name: str, about: About, *, by: int | None = None) -> list[Deadline]:
    """`thing.name` has happened now; the deadlines that opened because of it, in order, those of their chains too."""
    moment = f"{thing}.{name}"
    kind, number = about.subject
    values = {"subject_type": kind, "subject_id": number, "name": moment, "at": unit.now, "by_id": by}
    unit.session.connection().execute(statements.HAPPENED, values)
    of_work = about.audit is not None and thing == about.audit.activity
    if not (of_work and name == "moderated"):
        # That counts from when the second look is over: somebody may have to speak with the practitioner first.
        dates.count_anew(unit, about, name if of_work else moment, unit.now)
    opened: list[Deadline] = []
    for duty_name, duty in unit.framework.duties.items():
        if moment in duty.ends_with:
            _end(unit, duty_name, about, thing, by)
        if conditions.opens_on(unit, duty, about, {moment}):
            opened += (_with_care if unit.careful else consider)(unit, duty_name, duty, about, moment, by)
    return opened


def _with_care(unit: Unit, name: str, duty: Duty, about: About, moment: str, by: int | None) -> list[Deadline]:
    """The same by itself: a duty that breaks is left out, and the operator is told.

    An alert is never left out, nor is a duty from which it follows: all of it fails, and whoever did it is told.
    """
    try:
        with unit.session.begin_nested():
            return consider(unit, name, duty, about, moment, by)
    except _NoAlertError:
        raise
    except Exception as error:
        if is_away(error):
            raise
        if duty.is_alert:
            raise _NoAlertError from error
        log.exception("a duty could not be opened", action="duty-failed", duty=name)
        unit.event(
            "duty-failed",
            actor=by,
            subject=about.subject,
            rule=duty.rule,
            why=f"{type(error).__name__}: {error}",
            duty=name,
        )
        return []


def _end(unit: Unit, name: str, about: About, thing: str, by: int | None) -> None:
    """What has a date for a whole chain is done with the link that ends it."""
    activity, gathering = unit.framework.activities.get(thing), unit.framework.gatherings.get(thing)
    ended_by = activity.title if activity is not None else title_of(thing, unit.framework)
    held = gathering is not None
    why = f"No longer asked: {gathering.title} was held" if gathering is not None else f"Done with: {ended_by}"
    for deadline in unit.open_deadlines(about.subject, {name}):
        complete(unit, deadline, why, by=by, about=about, ended=Ending.not_brought if held else Ending.usual)


def consider(
    unit: Unit, name: str, duty: Duty, about: About, moment: str, by: int | None, *, anew: bool = False
) -> list[Deadline]:
    subject, why = about.subject, ""
    first = conditions.first_that_holds(unit, duty, about)
    if not duty.is_alert and _is_off(unit, duty):
        why = "its rule is switched off"
    elif first is None:
        why = f"its condition does not hold {happens(unit.framework, moment)}"
    elif about.is_outside and set(duty.owes or duty.owes_each) == {PRACTITIONER}:
        why = "whoever it is about is not in the list of people"
    if why:
        unit.event("duty-not-opened", actor=by, subject=subject, rule=duty.rule, why=why, duty=name)
        return []
    if not duty.everybody:
        _tell(unit, name, duty, about)
        return []
    if duty.is_alert and about.audit is not None:
        opened = _raise(unit, name, duty, about.audit, about, first or 0, by, anew=anew)
    elif _newest(unit, name, about) is not None:
        return []
    elif duty.looks_again and about.audit is not None:
        opened = looks.ask(unit, about.audit, name, duty)
    else:
        opened = [
            each for owner in owners_of(unit, name, duty, about) for each in _open(unit, name, duty, about, owner)
        ]
    chain = happen(unit, name, "opened", about, by=by) if opened else []
    return [*opened, *chain]


def come_round(unit: Unit, name: str, duty: Duty, about: About, people: Sequence[int]) -> list[Deadline]:
    """A turn of a duty that comes round by itself has begun: these people owe it, or hear of it."""
    if _is_off(unit, duty):
        unit.event("duty-not-opened", subject=about.subject, rule=duty.rule, why="its rule is switched off", duty=name)
        return []
    if not duty.everybody:
        _tell(unit, name, duty, about)
        return []
    owners = people if duty.owes_each else [owners_of(unit, name, duty, about)[0]]
    opened = open_for(unit, name, duty, about, owners)
    return [*opened, *(happen(unit, name, "opened", about) if opened else ())]


def open_for(unit: Unit, name: str, duty: Duty, about: About, people: Collection[int | None]) -> list[Deadline]:
    """Open a duty about one thing for each of these people, in whose own team its roles are looked up."""
    opened: list[Deadline] = []
    known = _known(unit, duty, about) if people else None
    for person in people:
        staff = unit.directory.person(person) if duty.owes_each else None
        team = staff.team_id if staff is not None else about.team_id
        opened += _open(unit, name, duty, replace(about, team_id=team), person, known)
    return opened


def open_each(unit: Unit, name: str, duty: Duty, about: About, people: Collection[int]) -> list[Deadline]:
    """Open what each of these people owes of their own to something that others owe theirs to already."""
    return [each for person in people for each in _open(unit, name, duty, about, person)]


def _is_off(unit: Unit, duty: Duty) -> bool:
    """Whether the council has switched off all that it says: one step's rule takes that step and no other."""
    if not duty.everybody:
        return duty.rule in unit.framework.without
    return not unit.framework.ladder_by(duty.terms).steps


def _newest(unit: Unit, name: str, about: About) -> Deadline | None:
    """What a duty has opened for a subject: at most once, but for alerts. Only a withdrawn one may open again."""
    query = select(Deadline).where(
        Deadline.kind == name,
        Deadline.state != DeadlineState.withdrawn,
        Deadline.subject_type == about.subject[0],
        Deadline.subject_id == about.subject[1],
    )
    return unit.session.exec(query.order_by(col(Deadline.id).desc())).first()


def owners_of(unit: Unit, name: str, duty: Duty, about: About) -> list[int | None]:
    """Whose it is: everybody's own with `owes-each`; else the first role's holder stands for all who owe it."""
    parties = topic.parties_about(unit, name, about)
    if duty.owes_each:
        named = [about.people[each] for each in duty.owes_each if each in about.people]
        others = [each for each in duty.owes_each if each not in about.people]
        people = [person for each in others for person in _each_of(unit, duty, each, parties)]
        return list(dict.fromkeys([*named, *people]))
    if duty.owes[0] in about.people:
        # Also while they are away, or put it off by somebody who stands in: those are told, and it stays theirs.
        return [about.people[duty.owes[0]]]
    if about.owner is not None:
        return [about.owner]
    return [owner_of(duty.owes[0], parties, unit.directory, unit.framework, unit.today)]


def _each_of(unit: Unit, duty: Duty, word: str, parties: Parties) -> list[int]:
    """Whom a word means who owe one of their own, also while they are away: whoever stands in never comes to own it.

    Where nobody holds the role, whoever is told in its place; of a survey nobody, as nobody answers it for others.
    """
    directory, framework = unit.directory, unit.framework
    own = recipients((word,), replace(parties, own=True), directory, framework, unit.today)
    instead = [] if own or duty.is_survey else recipients((word,), parties, directory, framework, unit.today)
    return [each.person_id for each in own or instead]


def _known(unit: Unit, duty: Duty, about: About) -> tuple[dict[str, When], Offset | None]:
    """The dates from which a duty about something counts, and from what its due date does."""
    return dates.dates_of(unit, about), dates.due_of(unit, duty, about)


def _open(
    unit: Unit,
    name: str,
    duty: Duty,
    about: About,
    owner: int | None,
    before: tuple[dict[str, When], Offset | None] | None = None,
) -> list[Deadline]:
    """`before`: what is known of its dates already, where several people owe it."""
    terms = duty.terms
    if duty.is_survey and (why := sheets.why_not(unit, duty, owner)):
        unit.event("survey-not-asked", subject=about.subject, rule=duty.rule, why=why, duty=name)
        return []
    known, due = before or _known(unit, duty, about)
    soonest = unit.situation.calendar.add_days(unit.today, 1)
    day, at = dates.due_for_day(unit, duty, due, known, soonest) if about.occasion is not None else (None, None)
    opened = unit.open_deadline(
        name,
        about.subject,
        known,
        terms=terms.model_copy(update={"due": due}),
        owner_id=owner,
        team_id=about.team_id,
        audit=about.audit,
        due_on=day,
        due_at=at,
        duty=duty,
        practitioner_id=about.practitioner_id,
    )
    if opened is not None and duty.is_survey:
        sheets.begin(unit, name, duty, opened)
    return [opened] if opened is not None else []


def open_beside(unit: Unit, name: str, duty: Duty, about: About, deadline: Deadline) -> Deadline | None:
    """Open a duty that stands beside a deadline and is withdrawn with it; None if none of its steps is switched on."""
    parties = parties_of(deadline, unit.framework)
    owner = owner_of(duty.owes[0], parties, unit.directory, unit.framework, unit.today)
    # Of a turn of a duty everybody's own is of their team, whose roles are asked: no other team's is.
    opened = _open(unit, name, duty, replace(about, team_id=deadline.team_id), owner)
    for each in opened:
        each.beside_id = deadline.id
        unit.session.add(each)
    return opened[0] if opened else None


def _raise(
    unit: Unit, name: str, duty: Duty, audit: Audit, about: About, weight: int, by: int | None, *, anew: bool
) -> list[Deadline]:
    """Raise an alert, unless this duty has raised one for this condition or an earlier one (D5); `anew` all the same.

    Several duties can be alerts about one audit, each told to its own people. A concern is kept whatever raised it: a
    grade does not say that a child may need help now.
    """
    before = _newest(unit, name, about)
    if before is not None and before.weight <= weight and not anew:
        _keep_concern(unit, audit, about)
        return []
    alert = unit.session.exec(select(Alert).where(Alert.audit_id == audit.id)).first()
    alert = alert or Alert(audit_id=audit.id, raised_at=unit.now, graded=False)
    if alert.withdrawn_at is not None:
        alert.graded = alert.concern = False
    alert.raised_at, alert.raised_by_id = unit.now, by
    alert.withdrawn_at, alert.withdrawn_by_id, alert.withdrawn_why = None, None, ""
    alert.graded = alert.graded or bool(duty.if_ and (duty.if_[weight].any_grade or duty.if_[weight].grade))
    alert.concern = alert.concern or about.concern
    alert.acknowledged_at = alert.acknowledged_by_id = None
    unit.session.add(alert)
    unit.session.flush()
    for earlier in unit.open_deadlines(about.subject, {name}):
        unit.close(earlier, "Raised again", by=by)
    unit.event(
        "alert-raised",
        actor=by,
        subject=about.subject,
        rule=duty.rule,
        duty=name,
        concern="yes" if alert.concern else "no",
    )
    calling.plan(unit.session, calling.RAISED, about.subject, unit.now)
    opened = [each for owner in owners_of(unit, name, duty, about) for each in _open(unit, name, duty, about, owner)]
    for each in opened:
        each.weight = weight
        unit.session.add(each)
    return opened


def _keep_concern(unit: Unit, audit: Audit, about: About) -> None:
    """A concern that comes to what was told already stands on the alert too."""
    alert = unit.session.exec(select(Alert).where(Alert.audit_id == audit.id)).first()
    if alert is not None and about.concern and not alert.concern:
        alert.concern = True
        unit.session.add(alert)


def _tell(unit: Unit, name: str, duty: Duty, about: About) -> None:
    """Nothing is owed: those whom it names hear of it once."""
    parties = topic.parties_about(unit, name, about)
    news = duty.send in unit.situation.tells
    people = recipients(duty.tell, parties, unit.directory, unit.framework, unit.today, news=news)
    for each in news_of_practice.readers(unit, name, duty, about.subject, people):
        unit.notify(
            duty.send,
            each.person_id,
            rule=duty.rule,
            lane=unit.lane_of(duty.send),
            subject=about.subject,
            role=each.role,
            key=f"{name}:{about.subject[0]}:{about.subject[1]}:{each.person_id}",
            reason=f"{duty.rule}: {duty.title}",
            params={"title": duty.title},
        )


def complete(
    unit: Unit,
    deadline: Deadline,
    why: str,
    *,
    by: int | None,
    moment: str = DONE,
    about: About | None = None,
    ended: Ending = Ending.usual,
) -> bool:
    """Close a deadline because it was answered, and see what follows; False if somebody else was first.

    `why` is a participle for people. With `owes-each` what follows comes with the last of them.
    """
    in_turn.take(unit.session, (deadline.subject_type, deadline.subject_id))
    if not unit.close(deadline, why, by=by, ended=ended):
        return False
    about = about or topic.about_deadline(unit, deadline)
    subject = (deadline.subject_type, deadline.subject_id)
    if unit.open_deadlines(subject, {deadline.kind}):
        return True
    if moment == LET_OFF and _somebody_answered(unit, subject, deadline.kind):
        moment = DONE
    duty = unit.framework.duty_of(deadline.kind, deadline.ladder_id)
    judging = duty.made.get(JUDGED) if duty is not None else None
    if judging is not None and moment == DONE:
        # What follows waits until it is judged.
        for owner in owners_of(unit, f"{deadline.kind}{JUDGED}", judging, about):
            _open(unit, f"{deadline.kind}{JUDGED}", judging, about, owner)
    else:
        happen(unit, deadline.kind, moment, about, by=by)
    return True


def _somebody_answered(unit: Unit, subject: tuple[str, int], kind: str) -> bool:
    """Of what each of several owes: whether one of them has answered, so that not all were let off."""
    was_let_off = select(Event.deadline_id).where(Event.what == LET_OFF, col(Event.deadline_id).is_not(None))
    query = select(Deadline.id).where(
        Deadline.subject_type == subject[0],
        Deadline.subject_id == subject[1],
        Deadline.kind == kind,
        Deadline.state == DeadlineState.met,
        col(Deadline.id).not_in(was_let_off),
    )
    return unit.session.exec(query).first() is not None


def judge(unit: Unit, deadline: Deadline, about: About, *, satisfied: bool, by: int | None) -> None:
    """One who judges an answer has spoken. One "not satisfied" refuses it; else all must be satisfied."""
    judged = deadline.kind.removesuffix(JUDGED)
    waiting = unit.open_deadlines((deadline.subject_type, deadline.subject_id), {deadline.kind})
    if not satisfied:
        for other in waiting:
            unit.close(other, "Somebody else was not satisfied", withdrawn=True)
    if satisfied and waiting:
        return
    happen(unit, judged, "done" if satisfied else "refused", about, by=by)


def first_told(unit: Unit, deadline: Deadline, parties: Parties) -> list[Recipient]:
    """Whom a deadline's ladder tells as soon as it has opened."""
    snapshot = unit.session.get_one(LadderSnapshot, deadline.ladder_id)
    step = kept_ladder(snapshot.body).steps[0]
    return recipients(step.to, parties, unit.directory, unit.framework, unit.today, deputies=step.deputies)
