"""Invented colleagues: each, in their own time, presses the button of what they owe and fills in its form.

They know no kind of work and no duty: whatever can be asked of people is asked of them by the same buttons and forms.
"""

import heapq
from collections import Counter
from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from random import Random

import structlog
from sqlmodel import col, func, select

from qabot.adapter import OpenForm
from qabot.errors import BadRequest, QabotError
from qabot.framework.schema import AUDIT
from qabot.messaging.form import Form, check
from qabot.models import Audit, Case, Deadline, DeadlineState
from qabot.models.look_up import by_id
from qabot.planning.directory import Staff
from qabot.planning.recipients import recipients
from qabot.simulation.filling import REFERENCES, Context, alarmed_by_concern, alarming, filled
from qabot.simulation.pace import Pace
from qabot.workflows.core import topic
from qabot.workflows.core.questions import asked
from qabot.workflows.core.registry import Pressed, Verb
from qabot.workflows.core.subjects import load_one
from qabot.workflows.core.unit import Unit
from qabot.workflows.desk import Desk
from qabot.workflows.verbs import naming, sure

log = structlog.get_logger()
ATTEMPTS = 40
"""How often a form is filled in anew before it is left: with other people, other days."""
LATER = "not-yet"
"""The button that gives a new date."""
FIRST = (naming.FORM,)
"""The buttons of what must be known before work can be sent."""
MORE_TIME = 0.08
"""How often somebody gives a new date, or asks for one, before they do it."""
LOW = 0.04
"""How much of the work is given the lowest grade, or an immediate concern, in a year."""
FIRST_LOW = 3
"""Which piece of work, of each kind too, is the first of these: soon, and not the very first."""
MOST_TRIED = 60
"""Pieces of work of which one is to raise an alert now."""
FIRST_LATER = 2
"""After how many answers the first new date is given, if it has not been by then."""


class Colleagues:
    """Everybody who is invented. The same council and the same file make the same story."""

    def __init__(self, desk: Desk, pace: Pace, *, once: bool = False, seed: int = 1) -> None:
        """`once`: one low grade is enough, and nobody acknowledges its alert."""
        self.desk, self.pace, self.once, self.seed = desk, pace, once, seed
        self._queue: list[tuple[datetime, int]] = []
        self._seen = 0
        self._submitted: Counter[str] = Counter()
        self._answered = self._later = self._low = 0

    def next_moment(self) -> datetime | None:
        """When somebody next does something (UTC)."""
        return self._queue[0][0] if self._queue else None

    async def look(self) -> None:
        """Note what has been opened since the last time, and when it will be answered."""
        if self.pace.answering != "none":
            await self.desk.store.run(lambda session: self._look(self.desk.unit(session)))

    def _look(self, unit: Unit) -> None:
        opened = select(Deadline).where(Deadline.id > self._seen).order_by(col(Deadline.id))
        for deadline in unit.session.exec(opened):
            self._seen = deadline.id
            if deadline.state == DeadlineState.open:
                duty = unit.framework.duties.get(deadline.kind)
                alert = duty is not None and duty.is_alert
                staff = unit.directory.person(deadline.owner_id)
                moment = self.pace.moment(deadline, unit.now, staff, self._random("when", deadline), alert=alert)
                if moment is not None:
                    heapq.heappush(self._queue, (moment, deadline.id))

    def _random(self, what: str, deadline: Deadline, attempt: int = 0) -> Random:
        about = f"{deadline.kind}:{deadline.subject_type}:{deadline.subject_id}:{deadline.owner_id}"
        return Random(f"{self.seed}:{what}:{about}:{attempt}")  # noqa: S311 - a story, no secret

    async def act(self, now: datetime, playing: Collection[int] = ()) -> None:
        """Everything whose time has come, each in a transaction of its own. Whoever is `playing` does theirs alone."""
        while self._queue and self._queue[0][0] <= now:
            _, number = heapq.heappop(self._queue)
            try:
                await self.desk.run(lambda unit, number=number: self._act(unit, number, playing))  # type: ignore[misc]
            except QabotError as left_out:
                # Whoever tries the demo may have done it first, or the case was given back: the story goes on.
                log.info(f"Left out of the story: {left_out}", action="story-skipped")

    async def submit_low(self) -> bool:
        """Somebody sends a piece of work in with the lowest grades, or with a concern where those raise no alert."""
        return await self.desk.run(self._submit_low)

    def _submit_low(self, unit: Unit) -> bool:
        # The first of each three comes in with the lowest grades: what is asked for here, and not a concern alone.
        self._low += -self._low % 3
        open_work = select(Deadline).where(Deadline.kind == AUDIT, Deadline.state == DeadlineState.open)
        tried = unit.session.exec(open_work.order_by(col(Deadline.due_on), col(Deadline.id)).limit(MOST_TRIED)).all()
        return any(self._alarms(unit, deadline) for deadline in tried)

    def _alarms(self, unit: Unit, deadline: Deadline) -> bool:
        """Whether this piece of work can come in so that it raises an alert: then it has, else nothing has happened."""
        person = self._who(unit, deadline)
        pressed = self._pressed(unit, person, deadline) if person is not None else None
        verb = self._verb(pressed, deadline) if pressed is not None else None
        if pressed is None or verb is None:
            return False
        newest = unit.session.exec(select(func.max(Deadline.id))).one()
        raised = select(Deadline.id).where(Deadline.id > newest, col(Deadline.kind).in_(unit.framework.alerting()))
        with suppress(QabotError), unit.session.begin_nested() as attempt:
            pressed_one = self._press(pressed, deadline, verb, low=True)
            unit.session.flush()
            if pressed_one and unit.session.exec(raised).first() is not None:
                self._count(unit, verb, deadline, low=True)
                return True
            attempt.rollback()
        return False

    def _act(self, unit: Unit, number: int, playing: Collection[int]) -> None:
        deadline = unit.session.get_one(Deadline, number)
        person = self._who(unit, deadline) if deadline.state == DeadlineState.open else None
        if person is None or person.id in playing:
            return
        for name in FIRST:
            self._press(self._pressed(unit, person, deadline), deadline, self.desk.registry.verbs[name])
        pressed = self._pressed(unit, person, deadline)
        verb = self._verb(pressed, deadline)
        low = verb is not None and verb.name != LATER and self._is_low(unit, deadline)
        if verb is not None and self._press(pressed, deadline, verb, low=low):
            self._count(unit, verb, deadline, low=low)

    def _pressed(self, unit: Unit, person: Staff, deadline: Deadline) -> Pressed:
        subject = load_one(unit.session, deadline, unit.framework)
        return Pressed(unit, person, subject=subject, deadline=deadline, token=deadline.token)

    def _press(self, pressed: Pressed, deadline: Deadline, verb: Verb, *, low: bool = False) -> bool:
        """Press a button, if it is there, and send its form; whether it was there."""
        if not verb.offered(pressed.subject):
            return False
        reply = verb.do(pressed)
        if isinstance(reply, OpenForm):
            self._send(pressed, deadline, reply.form, low=low)
        return True

    def _who(self, unit: Unit, deadline: Deadline) -> Staff | None:
        """The owner, whoever stands in for them, or anybody else who owes it."""
        people, today = unit.directory, unit.today
        owner = people.person(deadline.owner_id)
        if owner is not None and owner.absence(today) is None:
            return owner
        deputy = people.person(people.deputy(owner.id, today)) if owner is not None else None
        if deputy is not None or owner is not None:
            return deputy or owner
        duty = unit.framework.duties.get(deadline.kind)
        roles = duty.everybody if duty is not None else ()
        present = recipients(roles, topic.parties_to(unit, deadline), people, unit.framework, today) if roles else ()
        return next((people.person(each.person_id) for each in present), None)

    def _verb(self, pressed: Pressed, deadline: Deadline) -> Verb | None:
        """The button that answers it; now and then the one that gives a new date."""
        verbs, subject = self.desk.registry.verbs, pressed.subject
        if self._wants_more_time(deadline) and verbs[LATER].offered(subject):
            return verbs[LATER]
        answering = (each for each in verbs.values() if each.style == "primary")
        own = (each for each in answering if not (each.stewards or each.chairs))
        return next((each for each in own if each.offered(subject)), None)

    def _wants_more_time(self, deadline: Deadline) -> bool:
        if not self.pace.at_times_late or deadline.replied_at is not None:
            return False
        first = not self._later and self._answered >= FIRST_LATER
        return first or self._random("more-time", deadline).random() < MORE_TIME

    def _send(self, pressed: Pressed, deadline: Deadline, form: Form, *, low: bool) -> None:
        """Fill a form in until it is taken. Raises `BadRequest` where nothing fits."""
        registry, context = self.desk.registry, self._context(pressed, deadline, form, low=low)
        for attempt in range(ATTEMPTS):
            clean, errors = check(form, filled(form, context, self._random("what", deadline, attempt)))
            reply = None if errors else sure.take_and_confirm(registry, form.name, pressed, clean)
            if reply is not None and not isinstance(reply, OpenForm):
                pressed.unit.session.flush()
                return
            errors = reply.form.errors if reply is not None else errors
        raise BadRequest(f"{form.title}: {'; '.join(f'{name}: {what}' for name, what in errors.items())}")

    def _context(self, pressed: Pressed, deadline: Deadline, form: Form, *, low: bool) -> Context:
        unit = pressed.unit
        names_people = any(each.kind == "person" for each in form.fields)
        return Context(
            framework=unit.framework,
            calendar=unit.situation.calendar,
            today=unit.today,
            people=_nearest(unit, pressed.person) if names_people else (),
            questions={**unit.framework.questions, **asked(unit, deadline)[1]},
            cases=_open_cases(unit) if any(each.name == REFERENCES for each in form.fields) else (),
            low=low and not self._concern_alone(unit),
            worried=low and (self._is_worried(unit) or not self._is_graded(unit, deadline)),
            agreeable=self.pace.answering == "all",
        )

    def _is_worried(self, unit: Unit) -> bool:
        """Whether it is an immediate concern that raises an alert; where a grade can too, two times of three."""
        return alarmed_by_concern(unit.framework) and (not alarming(unit.framework) or self._low % 3 > 0)

    def _concern_alone(self, unit: Unit) -> bool:
        """Of three pieces of work that raise an alert the second has an immediate concern and no low grade."""
        return self._is_worried(unit) and self._low % 3 == 1

    def _is_graded(self, unit: Unit, deadline: Deadline) -> bool:
        return unit.framework.grading(_activity(unit, deadline)) is not None

    def _is_low(self, unit: Unit, deadline: Deadline) -> bool:
        """Whether this piece of work is one of the few that raise an alert."""
        if deadline.kind != AUDIT:
            return False
        if not self._low:
            return self._submitted.total() + 1 >= FIRST_LOW
        if not self.once and self._submitted[_activity(unit, deadline)] + 1 == FIRST_LOW:
            return True
        return not self.once and self._random("low", deadline).random() < LOW

    def _count(self, unit: Unit, verb: Verb, deadline: Deadline, *, low: bool) -> None:
        """What has happened so far; whoever gave a new date does it about then."""
        if verb.name != LATER:
            self._answered += 1
            self._submitted.update([_activity(unit, deadline)] if deadline.kind == AUDIT else [])
            self._low += low
            return
        self._later += 1
        unit.session.flush()
        if deadline.state == DeadlineState.open:
            day = self.pace.at_work(max(deadline.expected_on or unit.today, unit.today) + timedelta(days=1), None)
            heapq.heappush(self._queue, (unit.now + (day - unit.today), deadline.id))


def _activity(unit: Unit, deadline: Deadline) -> str:
    """The kind of work that a deadline asks for."""
    return unit.session.get_one(Audit, deadline.subject_id).activity


def _open_cases(unit: Unit) -> Sequence[str]:
    """The references of every case that somebody could pick."""
    return unit.session.exec(select(Case.reference).where(col(Case.open)).order_by(Case.reference)).all()


def _nearest(unit: Unit, person: Staff) -> Sequence[int]:
    """Everybody who works here but this person: their own team first, then their service, then the others."""
    teams = unit.directory.teams
    mine = by_id(teams, person.team_id)

    def distance(each: Staff) -> int:
        if each.team_id is not None and each.team_id == person.team_id:
            return 0
        place = by_id(teams, each.team_id)
        return 1 if place and mine and place.service_id == mine.service_id else 2

    others = [each for each in unit.directory.people.values() if each.active and each.id != person.id]
    return [each.id for each in sorted(others, key=lambda each: (distance(each), each.id))]
