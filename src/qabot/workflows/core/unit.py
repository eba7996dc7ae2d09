"""One unit of work: a transaction, the moment, and the few things that every process does in it."""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any, cast

import orjson
from sqlalchemy import ColumnElement, CursorResult, Update, update
from sqlalchemy.orm.attributes import set_committed_value
from sqlmodel import Session, col, select

from qabot.framework.activities import Activity
from qabot.framework.calendar import local_day
from qabot.framework.duties import Duty, Terms
from qabot.framework.offsets import HOUR, Moment
from qabot.framework.schema import AUDIT, MODERATION, Framework
from qabot.framework.steps import Ladder
from qabot.framework.surveys import OPENS
from qabot.models import (
    Audit,
    Deadline,
    DeadlineState,
    Ending,
    LadderSnapshot,
    Moderation,
    Notice,
    NoticeState,
)
from qabot.models.columns import insert_new, run
from qabot.models.notice import WAITING
from qabot.planning.directory import Directory, Staff, digest_since, next_hours
from qabot.planning.planner import Situation, alert_moment, end_of
from qabot.workflows.core import as_opened, calling, statements
from qabot.workflows.core.open_about import forget, open_about
from qabot.workflows.core.tools import Tools

CAREFUL = "careful"


@dataclass
class Unit:
    """A transaction at a moment (UTC). Nothing in it reads a clock."""

    session: Session
    now: datetime
    situation: Situation
    tools: Tools
    since: datetime | None = None
    """When what is done now was to be done, if that was earlier today (UTC): an outage may have kept it."""

    @property
    def careful(self) -> bool:
        """Whether what follows from something is done each by itself, because all together has failed before."""
        return CAREFUL in self.session.info

    @cached_property
    def framework(self) -> Framework:
        """The council's rules."""
        return self.situation.framework

    @cached_property
    def directory(self) -> Directory:
        """Who works here."""
        return self.situation.directory

    @cached_property
    def today(self) -> date:
        """The day in England."""
        return local_day(self.now)

    def event(
        self,
        what: str,
        *,
        actor: int | None = None,
        subject: tuple[str, int] | None = None,
        deadline: int | None = None,
        notice: int | None = None,
        rule: str = "",
        why: str = "",
        **detail: Any,
    ) -> None:
        """Write one line of the log."""
        kind, number = subject or ("", None)
        self.session.connection().execute(
            statements.NOTE,
            {
                "at": self.now,
                "what": what,
                "actor_id": actor,
                "subject_type": kind,
                "subject_id": number,
                "deadline_id": deadline,
                "notice_id": notice,
                "rule": rule,
                "why": why,
                "detail": detail,
            },
        )

    def event_of(
        self, deadline: Deadline, what: str, *, actor: int | None = None, why: str = "", **detail: Any
    ) -> None:
        """Write one line of the log about a deadline and its subject, by its rule."""
        about = (deadline.subject_type, deadline.subject_id)
        self.event(what, actor=actor, subject=about, deadline=deadline.id, rule=deadline.rule, why=why, **detail)

    def changed(self, statement: Update) -> int:
        """Make a change, and say how many rows it has changed: none if somebody else was first."""
        return cast(CursorResult[Any], self.session.execute(statement)).rowcount

    def open_deadline(
        self,
        kind: str,
        subject: tuple[str, int],
        anchors: Mapping[str, Moment],
        *,
        terms: Terms,
        owner_id: int | None,
        team_id: int | None = None,
        audit: Audit | None = None,
        due_on: date | None = None,
        due_at: datetime | None = None,
        duty: Duty | None = None,
        practitioner_id: int | None = None,
    ) -> Deadline | None:
        """Open a deadline on these terms, with their ladder as it is now; of a duty, with what it asks.

        None if the council has switched off every step of its ladder.
        """
        ladder = self.framework.ladder_by(terms)
        if not ladder.steps:
            return None
        known, calendar = dict(anchors), self.situation.calendar
        if due_on is None and terms.due is not None:
            due = terms.due.day(known, calendar)
            due_on = calendar.roll(due, terms.roll) if due is not None else None
            due_at = terms.due.hour(known, calendar, due_on) if due_on is not None else None
        if due_on is not None:
            known |= due_anchors(due_on, due_at)
        opens = duty.opening(known, calendar, due_on) if duty is not None else None
        known |= {OPENS: opens} if opens is not None else {}
        row = Deadline(
            kind=kind,
            rule=terms.rule,
            subject_type=subject[0],
            subject_id=subject[1],
            owner_id=owner_id,
            team_id=team_id if team_id is not None else audit.team_id if audit else None,
            auditor_id=audit.auditor_id if audit else None,
            practitioner_id=audit.practitioner_id if audit else practitioner_id,
            due_on=due_on,
            due_at=due_at,
            opens_on=opens,
            holds=terms.holds,
            anchors={name: moment.isoformat() for name, moment in known.items()},
            ladder_id=self._snapshot(terms.ladder, ladder, duty or self._own_form(kind, audit)),
            opened_at=self.since or self.now,
            next_at=self.now,
        )
        if duty is not None and kind != MODERATION and self.framework.duty_of(kind, row.ladder_id) != duty:
            # What a duty asks for that opened by another file: to judge its answer, say.
            opened = self.framework.opened.and_also(row.ladder_id, duty)
            self.framework.know(opened, self.framework.duties, self.framework.questions)
        self.session.add(row)
        self.session.flush()
        forget(self.session, row)
        self.event("deadline-opened", subject=subject, deadline=row.id, rule=row.rule, kind=kind)
        return row

    def _own_form(self, kind: str, audit: Audit | None) -> Activity | None:
        """What asks, where it is a piece of work itself that is owed."""
        return self.framework.activity(audit.activity) if kind == AUDIT and audit is not None else None

    def _snapshot(self, name: str, ladder: Ladder, asks: Duty | Activity | None) -> int:
        body = ladder.model_dump(mode="json")
        kept: dict[str, Any] = {"duty": {}, "questions": {}}
        if isinstance(asks, Duty):
            kept["duty"] = asks.model_dump(mode="json", by_alias=True)
        elif asks is not None:
            kept |= {"grade": asks.grade, "activity": asks.model_dump(mode="json", by_alias=True)}
        if asks is not None:
            known = {each: self.framework.questions.get(each) for each in asks.ask}
            kept["questions"] = {
                each: question.model_dump(mode="json", by_alias=True)
                for each, question in known.items()
                if question is not None
            }
        digest = hashlib.sha256(name.encode() + orjson.dumps([body, kept], option=orjson.OPT_SORT_KEYS)).hexdigest()
        there = run(self.session, statements.SNAPSHOT, {"digest": digest})
        if not there:
            row = {"digest": digest, "name": name, "body": body, "duty": kept if asks is not None else {}}
            insert_new(self.session, LadderSnapshot, [row])
            there = run(self.session, statements.SNAPSHOT, {"digest": digest})
        return int(there[0][0])

    def open_deadlines(self, subject: tuple[str, int], kinds: Collection[str] | None = None) -> list[Deadline]:
        """The open deadlines of a subject, of these kinds; None asks for all, no kinds for none."""
        every = open_about(self.session, subject)
        return every if kinds is None else [each for each in every if each.kind in kinds]

    def close(
        self,
        deadline: Deadline,
        why: str,
        *,
        by: int | None = None,
        withdrawn: bool = False,
        ended: Ending = Ending.usual,
    ) -> bool:
        """Close a deadline if it is still open; False if somebody else was first. Every copy of its cards is redrawn.

        `why` is a participle for people: "Acknowledged", "Submitted".
        """
        state = DeadlineState.withdrawn if withdrawn else DeadlineState.met
        said = {"b_why": why, "b_ended": ended.value}
        values = {"b_id": deadline.id, "b_state": state.value, "b_at": self.now, "b_by": by, **said}
        self.session.flush()
        changed = self.session.connection().execute(statements.CLOSE, values).mappings().all()
        for name, value in changed[0].items() if changed else ():
            set_committed_value(deadline, name, value)
        done = bool(changed)
        forget(self.session, deadline)
        if not done:
            self.session.refresh(deadline)
        if done:
            self.event_of(deadline, f"deadline-{state.value}", actor=by, why=why)
            if not withdrawn:
                calling.plan_met(self.session, self.framework, deadline, self.now)
            self._redraw_one(deadline)
            self.close_beside(deadline)
        return done

    def close_beside(self, deadline: Deadline) -> None:
        """Withdraw what was asked for beside a deadline: more time, or to be let off it."""
        about = {"about": deadline.subject_type, "number": deadline.subject_id}
        for (number,) in run(self.session, statements.BESIDE, {**about, "beside": deadline.id}):
            self.close(self.session.get_one(Deadline, number), "No longer needed", withdrawn=True)

    def poke(self, deadlines: Iterable[Deadline]) -> None:
        """Have the planner look at these again at once: something that it reads has changed."""
        for deadline in deadlines:
            deadline.next_at = self.now
            self.session.add(deadline)
            forget(self.session, deadline)

    def poke_all(self) -> None:
        """Have the planner look at every open deadline again: people or absences have changed."""
        self.session.execute(
            update(Deadline)
            .where(col(Deadline.state) == DeadlineState.open)
            .values(next_at=self.now)
            .execution_options(synchronize_session=False)
        )

    def redraw_deadlines(self, ids: list[int]) -> None:
        """Want every copy of these deadlines' cards redrawn: notices, lists, and the digests that carry them.

        A card that is on its way at this moment was drawn before the change, so it too is wanted anew. So are those of
        acknowledged alerts from which these follow: they offer what is owed next.
        """
        alerting = as_opened.alerting(self.framework)
        if ids:
            others = run(self.session, statements.OF_NO_ALERT, {"ids": ids, **alerting._asdict()}) if alerting else ()
            ids = [*ids, *self._offering({(kind, number) for kind, number in others})]
            self._write(statements.REDRAW_OF_DEADLINES, {"ids": ids})

    def _redraw_one(self, deadline: Deadline) -> None:
        """The same of one that is at hand."""
        is_alert = as_opened.is_alert(self.framework, deadline)
        offering = self._offering({(deadline.subject_type, deadline.subject_id)}) if not is_alert else ()
        self._write(statements.REDRAW_OF_DEADLINES, {"ids": [deadline.id, *offering]})

    def _offering(self, subjects: set[tuple[str, int]]) -> list[int]:
        """The acknowledged alerts about the same work as the deadlines about these subjects."""
        alerting = as_opened.alerting(self.framework)
        looks = [number for kind, number in subjects if kind == "moderation"]
        works = self.session.exec(select(Moderation.audit_id).where(col(Moderation.id).in_(looks))) if looks else ()
        same = [tuple(each) for each in {*subjects, *(("audit", number) for number in works)}]
        values = {"subjects": same, **alerting._asdict()}
        seen = run(self.session, statements.MET_ABOUT, values) if same and alerting else ()
        return [number for (number,) in seen]

    def redraw_newest(self, deadlines: list[int]) -> None:
        """Want the newest card that each person has of these alerts redrawn: what comes next of them has changed."""
        if deadlines:
            self._write(statements.REDRAW_NEWEST, {"ids": deadlines})

    def redraw_notices(self, ids: list[int]) -> None:
        """Want the cards of these notices redrawn."""
        if ids:
            self._write(statements.REDRAW, {"ids": ids})

    def _write(self, statement: Update, values: Mapping[str, Any]) -> int:
        """Make a change that was put together once; how many rows it has changed."""
        self.session.flush()
        return self.session.connection().execute(statement, values).rowcount

    def notify(
        self,
        message: str,
        person_id: int,
        *,
        rule: str,
        subject: tuple[str, int],
        key: str,
        reason: str,
        lane: str = "due",
        alone: bool = False,
        deadline: int | None = None,
        role: str = "",
        params: dict[str, str] | None = None,
        at_once: bool = False,
        handed_on_by: int | None = None,
        absence: int | None = None,
        date_of: int | None = None,
    ) -> None:
        """Make a notice that no step makes. The same `key` a second time is the same notice.

        An alert goes at once; with `alone` it goes by itself in the person's next working hour; else in a digest. The
        first word of a deadline that a digest would bring too late goes at once.
        """
        if self.session.exec(select(Notice.id).where(Notice.key == key)).first() is not None:
            return
        staff = self.directory.people[person_id]
        moment = self._moment(staff, lane, alone)
        at_once = at_once or (lane == "due" and deadline is not None and self._is_too_late(deadline, moment))
        self.session.add(
            Notice(
                key=key,
                deadline_id=deadline,
                rule=rule,
                message=message,
                lane=lane,
                recipient_id=person_id,
                role=role,
                subject_type=subject[0],
                subject_id=subject[1],
                reason=reason,
                params={**(params or {}), **({"at_once": "yes"} if at_once else {})},
                created_at=self.now,
                alone=alone or at_once,
                handed_on_by_id=handed_on_by,
                absence_id=absence,
                date_of_id=date_of,
                not_before=self.now if at_once else moment,
            )
        )
        self.session.flush()

    def _is_too_late(self, number: int, moment: datetime) -> bool:
        """Whether a deadline that nobody has been told of yet is over by a moment, and is not over now."""
        deadline = self.session.get(Deadline, number)
        end = end_of(deadline.due_on, deadline.due_at) if deadline is not None and deadline.due_on else None
        if end is None or not moment >= end > self.now:
            return False
        earlier = select(Notice.id).where(Notice.deadline_id == number, Notice.state != NoticeState.superseded)
        return self.session.exec(earlier).first() is None

    def lane_of(self, message: str) -> str:
        """The lane of a message that no step sends: each person may switch news off."""
        file = self.tools.catalogue.files.get(message)
        return "news" if file is not None and file.lane == "news" else "due"

    def supersede(self, why: str, *where: ColumnElement[bool]) -> None:
        """Do not send what waits and fits: its reason is gone. What is on its way already still arrives."""
        planned = col(Notice.state).in_(WAITING)
        for row in self.session.exec(select(Notice).where(planned, *where)).all():
            statement = (
                update(Notice)
                .where(col(Notice.id) == row.id, planned)
                .values(state=NoticeState.superseded, closed_at=self.now, reason=why, carrier_id=None)
                .execution_options(synchronize_session=False)
            )
            if self.changed(statement):
                subject = (row.subject_type, row.subject_id)
                self.event(
                    "superseded", subject=subject, deadline=row.deadline_id, notice=row.id, rule=row.rule, why=why
                )

    def _moment(self, staff: Staff, lane: str, alone: bool) -> datetime:
        if lane == "alert":
            return alert_moment(self.situation, self.now)
        if alone:
            return next_hours(staff, self.now, self.situation.calendar)
        return self.next_message(staff)

    def next_message(self, staff: Staff) -> datetime:
        """When this person is sent what is wanted from now on, with their daily message."""
        return digest_since(staff, self.today, self.since or self.now, self.now, self.situation.calendar)


def due_anchors(day: date, at: datetime | None) -> dict[str, Moment]:
    """From what steps count: the due day, and for working hours the hour of it."""
    return {"due": day} if at is None else {"due": day, f"due{HOUR}": at}
