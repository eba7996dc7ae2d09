"""A small council at work on a real database: nodes that tick, two platforms, and people who press.

world = await World.start(tmp_path)
audit = await world.audit("cyrus", team="stratford")
await world.submit(audit, "red")
await world.forward("4 working hours")
assert world.messages("mina") == ["red-alert", "red-alert-again"]
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from sqlmodel import Session, SQLModel, col, select

from qabot.adapter import OpenForm, Press, Reply, Submission, Who
from qabot.delivery.outlets import Outlets
from qabot.delivery.pacing import Pacer
from qabot.delivery.processes import Holder
from qabot.framework import Framework
from qabot.framework.calendar import LONDON, local_day
from qabot.messaging.card import Card
from qabot.models import Answer, AnswerRow, Audit, Cycle, Deadline, Event, ListLine, Notice, Person, Store
from qabot.scheduler.clock import DemoClock
from qabot.scheduler.engine import Engine
from qabot.scheduler.tick import Ticker
from qabot.scheduler.timeline import Timeline
from qabot.settings import read_settings
from qabot.web.adapter import WebAdapter
from qabot.web.bell import Bell
from qabot.wiring import load_framework, load_tools
from qabot.workflows.core import own_form
from qabot.workflows.core.lists import is_list, stood
from qabot.workflows.core.situation import Situations
from qabot.workflows.core.tools import Tools
from qabot.workflows.core.unit import Unit
from qabot.workflows.desk import Desk
from qabot.workflows.people import absences
from qabot.workflows.programme import allocation
from qabot.workflows.registrations import new_registry
from qabot.workflows.verbs import audits
from tests.support import small_council
from tests.support.faulty import Fault, FaultyAdapter

T = TypeVar("T")
Row = TypeVar("Row", bound=SQLModel)
ACTIVITY = "practice-learning-review"
BASE_URL = "http://127.0.0.1:8700"
MONDAY = "2026-11-23 10:00"


@lru_cache
def tools() -> Tools:
    """The shipped messages and everything registered: read once, they never change."""
    return load_tools(read_settings(database_url="sqlite://", base_url=BASE_URL))


@lru_cache
def newham() -> Framework:
    """Newham's framework as shipped."""
    return load_framework(read_settings(database_url="sqlite://"))


def local(text: str) -> datetime:
    """A moment in London from "2026-11-23 10:00" or "2026-11-23"."""
    return datetime.fromisoformat(text).replace(tzinfo=LONDON)


@dataclass
class Node:
    """One process of qabot on the shared database: its own caches, its own engine."""

    desk: Desk
    engine: Engine
    store: Store

    @classmethod
    def start(cls, store: Store, clock: DemoClock, outlets: Outlets, framework: Framework) -> "Node":
        """A fresh process."""
        desk = Desk(store, Situations.of(framework), tools(), new_registry(), clock.now)
        return cls(desk, Engine(desk, outlets, clock, Ticker()), store)


@dataclass
class World:
    """Everything, and verbs for what happens in it. People and teams go by the short names of `small_council`."""

    url: str
    clock: DemoClock
    framework: Framework
    ids: dict[str, int]
    chat: FaultyAdapter
    web: WebAdapter
    nodes: list[Node] = field(default_factory=list)
    born: list[str] = field(default_factory=list)
    inline: bool = True

    @classmethod
    async def start(
        cls,
        folder: Path | None = None,
        at: str = MONDAY,
        *,
        url: str = "",
        nodes: int = 1,
        framework: Framework | None = None,
        inline: bool = True,
        before: Callable[[Session, dict[str, int]], None] | None = None,
    ) -> "World":
        """A council on a file in `folder`, on `url`, or in memory; its first tick has passed.

        `before` that it may change the council, whose ids it is given.
        """
        url = url or (f"sqlite:///{folder}/qabot.db" if folder else "sqlite://")
        clock = DemoClock(local(at))
        world = cls(url, clock, framework or newham(), {}, FaultyAdapter(), WebAdapter(Bell(), BASE_URL), inline=inline)
        world.boot()
        world.ids.update(small_council.begin(world.nodes[0].store))
        if before is not None:
            with world.nodes[0].store.transaction() as session:
                before(session, world.ids)
        for _ in range(nodes - 1):
            world.boot()
        await world.tick()
        return world

    # -- processes ----------------------------------------------------------------------------------------------------

    def boot(self) -> Node:
        """Start one more process."""
        self.nodes.append(self._new_node())
        return self.nodes[-1]

    def restart(self, number: int = 0) -> None:
        """A process dies with all that it had in memory, and another one starts."""
        if self.url != "sqlite://":
            self.nodes[number].store.close()
            self.nodes[number] = self._new_node()
            return
        self.nodes[number] = Node.start(self.nodes[number].store, self.clock, self._outlets(), self.framework)

    def _new_node(self) -> Node:
        return Node.start(Store(self.url, inline=self.inline), self.clock, self._outlets(), self.framework)

    def _outlets(self) -> Outlets:
        # The platform's pace is told by the clock that the tests move, or a 429 would last for real seconds.
        pacer = Pacer(lambda: self.clock.now().timestamp())
        return Outlets({"chat": self.chat, "web": self.web}, ["chat", "web"], pacer, holder=self.holder())

    def holder(self) -> Holder:
        """A process of its own on one machine: it is gone once another one stands in its place."""
        self.born.append(f"process {len(self.born)}")
        return Holder(host="here", pid=len(self.born), birth_of=self._birth)

    def _birth(self, pid: int) -> str:
        alive = {each.engine.outlets.holder.pid for each in self.nodes} | {len(self.born)}
        return self.born[pid - 1] if pid in alive else ""

    def close(self) -> None:
        """Close every database."""
        for node in self.nodes:
            node.store.close()

    # -- time ---------------------------------------------------------------------------------------------------------

    async def tick(self, number: int = 0) -> int:
        """One round of one process."""
        return await self.nodes[number].engine.cycle()

    async def advance(self, to: str | datetime) -> None:
        """Move time, planning and sending at every due moment on the way."""
        await Timeline(self.nodes[0].engine, self.clock).advance(local(to) if isinstance(to, str) else to)

    async def forward(self, distance: str) -> None:
        """Move time by "4 working hours", "2 working days", "3 days", "90 minutes"."""
        await self.advance(self.later(distance))

    async def jump(self, to: str | datetime) -> None:
        """Time passes while every process is down; afterwards one round is made."""
        self.clock.set(local(to) if isinstance(to, str) else to)
        await self.tick()

    def later(self, distance: str) -> datetime:
        """The moment at that distance from now (UTC)."""
        found = re.fullmatch(r"(\d+) (working hour|working day|day|hour|minute)s?", distance)
        if found is None:
            raise ValueError(distance)
        count, unit, now = int(found[1]), found[2], self.clock.now()
        calendar = self.framework.calendar()
        match unit:
            case "working hour":
                return calendar.add_hours(now, count)
            case "working day":
                return now + (calendar.add_days(local_day(now), count) - local_day(now))
        return now + timedelta(**{f"{unit}s": count})

    # -- what people do -----------------------------------------------------------------------------------------------

    def who(self, person: str) -> Who:
        """Somebody as the platform signed for them."""
        return Who("chat", f"U-{person}", f"{person}@council.example")

    async def audit(
        self, auditor: str, *, team: str = "stratford", due: str = "2026-12-31", activity: str = ""
    ) -> Audit:
        """One audit of a case of a team, or of its worker, with its deadline: of the first activity or a named one."""
        day = date.fromisoformat(due)

        def make(unit: Unit) -> Audit:
            name = activity or next(iter(unit.framework.activities))
            of = unit.framework.activities[name]
            running = select(Cycle).where(Cycle.activity == name, Cycle.starts_on <= day, Cycle.due_on >= day)
            cycle = unit.session.exec(running).one()
            row = Audit(
                reference=allocation.new_reference(unit),
                activity=name,
                about=of.about,
                cycle_id=cycle.id,
                auditor_id=self.ids[auditor],
                case_reference="7199999" if of.about == "case" else None,
                team_id=self.ids[team],
                practitioner_id=self.ids[small_council.WORKERS[team]],
                due_on=day,
                allocated_at=unit.now,
            )
            unit.session.add(row)
            unit.session.flush()
            allocation.tell_allocated(unit, row, of, cycle)
            return row

        return await self.run(make)

    async def submit(
        self, audit: Audit, grade: str = "green", *, actions: bool = True, immediate: bool = False
    ) -> Reply:
        """The auditor sends the grades."""
        deadline = self.deadline("audit", audit)
        auditor = self.name(audit.auditor_id)
        values = {"manager-overall": grade, "actions": "yes" if actions else "no", "immediate": immediate}
        return await self.send_form(auditor, "submit-grades", deadline.token, **values)

    async def graded(self, grade: str = "red", auditor: str = "cyrus", **more: bool) -> Audit:
        """An audit whose grades are in, and of which everybody has been told who hears at once."""
        audit = await self.audit(auditor)
        await self.submit(audit, grade, **more)
        await self.tick()
        return audit

    async def moderate(self, person: str, audit: Audit, grade: str, kind: str = "red-review") -> Reply:
        """A moderator records a second judgement."""
        deadline = self.deadline(kind, audit)
        values = {"grade": grade, **({"spoken": "yes"} if kind == "red-review" else {})}
        return await self.send_form(person, "moderate", deadline.token, **values)

    async def acknowledge(self, person: str, audit: Audit) -> Reply:
        """Somebody acknowledges the audit's alert on the newest card that they have of it."""
        return await self.press(person, "acknowledge", audit, kind="alert")

    async def press(self, person: str, action: str, audit: Audit, *, kind: str | None = None, of: str = "") -> Reply:
        """Somebody presses a button on their newest card about an audit, or on the card `of` somebody else."""
        return await self.press_token(person, action, self.card_about(of or person, audit, kind).token)

    async def press_token(self, person: str, action: str, token: str) -> Reply:
        """Somebody presses a button that carries a token; asked whether they mean it, they do."""
        reply = await self.press_once(person, action, token)
        if isinstance(reply, OpenForm) and reply.form.back:
            return await self.send_once(person, reply.form.name, token)
        return reply

    async def press_once(self, person: str, action: str, token: str) -> Reply:
        """Somebody presses a button, and no more than that."""
        return await self.nodes[0].desk.press(Press(self.who(person), action, token))

    async def send_form(self, person: str, form: str, token: str, **values: Any) -> Reply:
        """Somebody sends a form; what raises an alert is shown once more, and they say that it is right."""
        reply = await self.send_once(person, form, token, **values)
        if isinstance(reply, OpenForm) and reply.form.name.endswith("-sure"):
            return await self.send_once(person, reply.form.name, token, **values, sure="yes")
        return reply

    async def send_once(self, person: str, form: str, token: str, **values: Any) -> Reply:
        """Somebody sends a form, and no more than that."""
        return await self.nodes[0].desk.submit(Submission(self.who(person), form, token, values))

    async def away(self, person: str, first: str, last: str, deputy: str | None = None) -> None:
        """Somebody is away from a day to a day."""
        days = date.fromisoformat(first), date.fromisoformat(last)
        stands_in = self.ids[deputy] if deputy else None
        await self.run(lambda unit: absences.record(unit, self.ids[person], *days, stands_in, by=None))

    async def back(self, person: str) -> bool:
        """Somebody is back today."""
        return await self.run(lambda unit: absences.end(unit, self.ids[person], unit.today, by=None))

    async def reassign(self, audit: Audit, to: str) -> bool:
        """An audit is handed over."""
        number = audit.id
        return await self.run(
            lambda unit: audits.reassign(unit, unit.session.get_one(Audit, number), self.ids[to], by=None)
        )

    async def run(self, work: Callable[[Unit], T], number: int = 0) -> T:
        """Work of a workflow in one transaction of one process."""
        return await self.nodes[number].desk.run(work)

    # -- what there is ------------------------------------------------------------------------------------------------

    def all(self, model: type[Row], *where: Any) -> list[Row]:
        """Rows in the order of their ids."""
        key: Any = model.id  # type: ignore[attr-defined]
        with self.nodes[0].store.transaction() as session:
            return list(session.exec(select(model).where(*where).order_by(key)))

    def answers(self, audit: Audit) -> dict[str, Any]:
        """What was answered on an audit's own form, by question."""
        with self.nodes[0].store.transaction() as session:
            return own_form.all_with_work(session).get(audit.id, {})

    def of_duties(self) -> list[Answer]:
        """What duties were answered, in order."""
        return self.all(Answer, col(Answer.deadline_id).is_not(None))

    def name(self, person_id: int | None) -> str:
        """A person's short name."""
        return next(key for key, number in self.ids.items() if number == person_id and key in small_council.PEOPLE)

    def notices(self, person: str | None = None, **values: Any) -> list[Notice]:
        """Notices by recipient and column values, digests left out; by a rule the lines of lists too, as notices."""
        where = [col(getattr(Notice, name)) == value for name, value in values.items()]
        if person is not None:
            where.append(col(Notice.recipient_id) == self.ids[person])
        found = [each for each in self.all(Notice, *where) if each.message != "digest"]
        return found + (self.lines(person, **values) if "rule" in values else [])

    def lines(self, person: str | None = None, **values: Any) -> list[Notice]:
        """What stood or stands on somebody's lists, each as the notice that it would be, in order."""
        of_line = {"rule", "step", "role", "reason", "deadline_id"}
        where = [col(getattr(ListLine if name in of_line else Notice, name)) == each for name, each in values.items()]
        if person is not None:
            where.append(col(Notice.recipient_id) == self.ids[person])
        with self.nodes[0].store.transaction() as session:
            return stood(session, *where, most=1000)[::-1]

    def messages(self, person: str, *, state: str = "sent") -> list[str]:
        """The names of the messages that somebody got, in order."""
        return [each.message for each in self.notices(person, state=state)]

    def events(self, what: str) -> list[Event]:
        """Lines of the log of one kind."""
        return self.all(Event, col(Event.what) == what)

    def deadline(self, kind: str, audit: Audit, *, state: str = "open") -> Deadline:
        """The newest deadline of a kind that is about an audit, its moderation, or a row about it."""
        found = [each for each in self.all(Deadline, col(Deadline.kind) == kind) if self.is_about(each, audit)]
        return [each for each in found if each.state == state][-1]

    def is_about(self, thing: Deadline | Notice, audit: Audit) -> bool:
        """Whether a deadline, a notice or a line of a list is about an audit, its moderation, or a row about it."""
        from qabot.models import Moderation

        if isinstance(thing, Notice) and is_list(thing):
            on_it = [each.deadline_id for each in self.all(ListLine, col(ListLine.list_id) == thing.id)]
            return any(self.is_about(each, audit) for each in self.all(Deadline, col(Deadline.id).in_(on_it)))
        if thing.subject_type == "moderation":
            found = self.all(Moderation, col(Moderation.id) == thing.subject_id)
            return bool(found) and found[0].audit_id == audit.id
        if thing.subject_type == "row":
            given = self.all(AnswerRow, col(AnswerRow.id) == thing.subject_id)
            return bool(given) and (given[0].subject_type, given[0].subject_id) == ("audit", audit.id)
        return thing.subject_type == "audit" and thing.subject_id == audit.id

    def card_about(self, person: str, audit: Audit, kind: str | None = None) -> Notice:
        """The newest notice that somebody got about an audit (and a kind of deadline)."""
        kinds = {each.id: each.kind for each in self.all(Deadline)}
        found = [each for each in self.notices(person) if self.is_about(each, audit) and each.state != "superseded"]
        return [each for each in found if kind is None or kinds.get(each.deadline_id or 0) == kind][-1]

    def person(self, person: str) -> Person:
        """Somebody's row."""
        return self.all(Person, col(Person.id) == self.ids[person])[0]

    def change(self, person: str, **values: Any) -> None:
        """Somebody's row changes, as an import would change it."""
        from qabot.workflows.core.situation import people_changed

        with self.nodes[0].store.transaction() as session:
            row = session.get_one(Person, self.ids[person])
            for name, value in values.items():
                setattr(row, name, value)
            session.add(row)
            people_changed(session)

    def fail(self, *faults: Fault) -> None:
        """The platform's next sends go wrong like this."""
        self.chat.faults.extend(faults)

    def cards(self, person: str) -> list[Card]:
        """The cards that the chat shows somebody now, in order."""
        return [copy.card for copy in self.chat.copies.values() if copy.person_id == self.ids[person]]
