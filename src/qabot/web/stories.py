"""The demo's three guided paths: a low grade on a Friday at five, a quarter's end, a good practice record.

What has happened so far is read from the programme itself, so whoever leaves the path finds it again where they are.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from fastapi import APIRouter
from sqlmodel import Session, col, func, select
from starlette.requests import Request
from starlette.responses import Response

from qabot.errors import NotFound
from qabot.framework.calendar import at_local, local_day
from qabot.framework.schema import AUDIT
from qabot.framework.vocabulary import NOMINATION
from qabot.messaging import values
from qabot.models import (
    Audit,
    AuditState,
    Cycle,
    Deadline,
    DeadlineState,
    Nomination,
    Notice,
    NoticeState,
    Person,
    RoleHolding,
)
from qabot.models.look_up import by_id
from qabot.web import labels
from qabot.web.demo import Demo
from qabot.web.ports import Timeline
from qabot.web.sessions import Said
from qabot.web.site import Site
from qabot.workflows.core.views import title_of

FRIDAY, FIVE = 4, time(17, 0)
TEN = time(10, 0)
WEEKS = 30
"""After so many Fridays without any work that could come in, the path says that it cannot be walked."""
NOTICES = 100
"""So many moments at which something else is said pass at most until something is said of the path's own thing."""
BEFORE_END = timedelta(days=14)
MOST = 5
"""People who are named at one step."""
SENT = (NoticeState.sent, NoticeState.ambiguous)
NO_STORY = "There is no path of this name. Choose one of the three on the demo's first page."
NOT_YET = "No work could come in: this framework may give none by itself. Ask for a piece of work, and come back."


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what happens, whether it has, and whom to be next (label and address)."""

    text: str
    done: bool = False
    links: tuple[tuple[str, str], ...] = ()
    button: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class Path:
    """A path: its title, what it shows, and its steps as they are now."""

    title: str
    about: str
    steps: Callable[[Session], list[Step]] = field(compare=False)


class Stories:
    """Their pages."""

    def __init__(self, site: Site, demo: Demo, timeline: Timeline) -> None:
        self.site, self.demo, self.timeline = site, demo, timeline
        self.alerting = tuple(site.parts.framework.alerting())
        self.paths = {
            "alert": Path(
                "A low grade on a Friday at five",
                "A low grade comes in as everybody goes home. Who hears of it at once, and what if nobody answers?",
                self._alert,
            ),
            "quarter": Path(
                "The end of a quarter",
                "Work is given out, people are reminded, and the end comes: who sees what is missing?",
                self._quarter,
            ),
            "praise": Path(
                "A good practice record",
                "Somebody saw good work. Who hears of it, and where does it stay?",
                self._praise,
            ),
        }

    def router(self) -> APIRouter:
        """Its routes."""
        router = APIRouter(prefix="/demo/stories")
        router.add_api_route("/{name}", self.show, methods=["GET"])
        router.add_api_route("/{name}", self.act, methods=["POST"])
        return router

    async def show(self, request: Request, name: str) -> Response:
        """One path, as far as it has come."""
        visitor = await self.site.visitor(request)
        path = self._path(name)
        steps = await self.site.parts.store.run(path.steps)
        return self.site.page(request, visitor, "stories.html", path=path, steps=steps, name=name)

    def _path(self, name: str) -> Path:
        if name not in self.paths:
            raise NotFound(NO_STORY)
        return self.paths[name]

    async def act(self, request: Request, name: str) -> Response:
        """Let time pass to where a step wants it, or let happen what it tells."""
        visitor = await self.site.visitor(request)
        self._path(name)
        given = await self.site.posted(request, visitor)
        said = await self._pass(name, str(given.get("step", "")))
        return self.site.go(f"/demo/stories/{name}", visitor.session, Said(said))

    async def _pass(self, name: str, step: str) -> str:
        now = self.site.parts.clock.now()
        match step:
            case "friday":
                return await self._to_friday()
            case "next":
                await self._to_next(name)
            case "given" | "before" | "end":
                day = await self.site.parts.store.run(lambda session: self._day(session, step))
                if day is not None and at_local(day, TEN) > now:
                    await self.demo.pass_until(at_local(day, TEN))
        return ""

    async def _to_next(self, name: str) -> None:
        """Time passes until something more is said of what the path is about, or nothing more is to be."""
        before = await self.site.parts.store.run(lambda session: _standing(session, name, self.alerting))
        for _ in range(NOTICES):
            await self.demo.pass_to_notice()
            if await self.site.parts.store.run(lambda session: _standing(session, name, self.alerting)) != before:
                return

    async def _to_friday(self) -> str:
        """Friday after Friday until a piece of work comes in with the lowest grade."""
        for _ in range(WEEKS):
            friday = self._next_friday()
            await self.demo.pass_until(friday)
            if await self.timeline.submit_low():
                return "It is Friday at five, and a piece of work has come in."
        return NOT_YET

    def _next_friday(self) -> datetime:
        now = self.site.parts.clock.now()
        day = local_day(now)
        day += timedelta(days=(FRIDAY - day.weekday()) % 7)
        calendar = self.site.parts.framework.calendar()
        while at_local(day, FIVE) <= now or not calendar.is_working(day):
            day += timedelta(days=7)
        return at_local(day, FIVE)

    # -- the paths, as they stand --------------------------------------------------------------------------------------

    def _alert(self, session: Session) -> list[Step]:
        framework = self.site.parts.framework
        alerting = framework.alerting()
        if not alerting:
            return [Step("This framework raises no alert: nobody has to be told at once.", done=True)]
        query = select(Deadline).where(col(Deadline.kind).in_(alerting)).order_by(col(Deadline.id).desc())
        alert = session.exec(query).first()
        begins = Step(
            "A piece of work comes in with the lowest grade, on a Friday at five.",
            alert is not None,
            button=("friday", "Go to Friday at five" if alert is None else "Once more, on another Friday"),
        )
        if alert is None:
            return [begins]
        recipients = _told(session, Notice.deadline_id == alert.id)
        quality = _holders(session, framework.doing("runs-quality"))
        is_open = alert.state == DeadlineState.open
        steps = [
            begins,
            Step("These are told at once, whatever the hour. Be one of them.", bool(recipients), _be(recipients)),
        ]
        if is_open:
            text = "One of them acknowledges it with the button on the card. Or nobody does, and it climbs."
            steps.append(Step(text, False, _be(recipients), ("next", "Nobody answers: to what happens next")))
        else:
            by = by_id(labels.names(session, [alert.closed_by_id]), alert.closed_by_id, "somebody")
            steps.append(Step(f"It was acknowledged by {by}, so nobody else is woken.", True))
        return [*steps, *self._following(session, alert), self._record(session, alert, quality)]

    def _following(self, session: Session, alert: Deadline) -> list[Step]:
        """What is owed about the same work now, and by whom."""
        query = select(Deadline).where(
            Deadline.subject_type == alert.subject_type,
            Deadline.subject_id == alert.subject_id,
            Deadline.id != alert.id,
            col(Deadline.kind).not_in([AUDIT, *self.site.parts.framework.alerting()]),
        )
        steps = []
        for each in session.exec(query.order_by(col(Deadline.id))):
            title = title_of(each.kind, self.site.parts.framework)
            by = f", by {values.day(each.due_on)}" if each.due_on else ""
            who = _people(session, [each.owner_id])
            steps.append(Step(f"Asked for: {title}{by}.", each.state != DeadlineState.open, _be(who)))
        return steps

    def _record(self, session: Session, alert: Deadline, quality: Sequence[Person]) -> Step:
        reference = labels.references(session, {(alert.subject_type, alert.subject_id)}).values()
        where = next((f"/audits/{each}" for each in reference), "/programme/today")
        return Step("All of it stands on the record, and on the page of today.", False, _be(quality, where))

    def _cycle(self, session: Session) -> Cycle | None:
        """The one in which work was given out whose end is nearest."""
        today = local_day(self.site.parts.clock.now())
        known = [*self.site.parts.framework.activities]
        query = select(Cycle).where(
            Cycle.due_on >= today, col(Cycle.activity).in_(known), col(Cycle.id).in_(select(Audit.cycle_id))
        )
        return session.exec(query.order_by(col(Cycle.due_on), col(Cycle.id))).first()

    def _day(self, session: Session, step: str) -> date | None:
        """The day to which a step of the quarter goes."""
        cycle, framework = self._cycle(session), self.site.parts.framework
        today = local_day(self.site.parts.clock.now())
        if step == "given":
            starts = [each.every.next_start(today) for each in framework.activities.values()]
            return min((each for each in starts if each is not None), default=None)
        if cycle is None:
            return None
        return cycle.due_on - BEFORE_END if step == "before" else cycle.due_on

    def _quarter(self, session: Session) -> list[Step]:
        today, cycle = local_day(self.site.parts.clock.now()), self._cycle(session)
        if cycle is None:
            text = "A cycle begins, and work is given out."
            if self._day(session, "given") is None:
                return [Step("No work of this framework comes by the calendar: it is asked for.", done=True)]
            return [Step(text, False, button=("given", "Go to the day on which work is given"))]
        title = self.site.parts.framework.activities[cycle.activity].title
        of_cycle = select(Audit).where(Audit.cycle_id == cycle.id)
        given = session.exec(select(func.count()).select_from(of_cycle.subquery())).one()
        waiting = list(session.exec(of_cycle.where(Audit.state == AuditState.allocated).order_by(col(Audit.id))))
        owing = _people(session, dict.fromkeys(each.auditor_id for each in waiting))
        framework = self.site.parts.framework
        quality = _holders(session, framework.doing("runs-quality"))
        pieces = values.plural(given, "piece of work was", "pieces of work were")
        missing = values.plural(len(waiting), "piece is", "pieces are")
        soon = today >= cycle.due_on - BEFORE_END
        return [
            Step(f"{title}, {cycle.name}: {pieces} given out. Be somebody who has one to do.", given > 0, _be(owing)),
            Step(
                f"Two weeks before its end, {values.day(cycle.due_on)}: {missing} still to come; people are reminded.",
                soon,
                _be(owing),
                ("", "") if soon else ("before", "Go to two weeks before its end"),
            ),
            Step(
                f"{values.capital(framework.quality)} sees who is behind, and acts.",
                False,
                _be(quality, "/programme/today"),
            ),
            Step(
                "Its last day.",
                today >= cycle.due_on,
                _be(quality, "/programme"),
                ("", "") if today >= cycle.due_on else ("end", "Go to its last day"),
            ),
        ]

    def _praise(self, session: Session) -> list[Step]:
        newest = session.exec(select(Nomination).order_by(col(Nomination.id).desc())).first()
        anybody = _holders(session, [*self.site.parts.framework.roles])[:3]
        begin = Step(
            "Be anybody, and tell of a colleague's good work.", newest is not None, _be(anybody, "/forms/nominate")
        )
        if newest is None:
            return [begin]
        names = labels.names(session, [newest.nominee_id, newest.nominator_id])
        recipients = _told(session, Notice.subject_type == NOMINATION, Notice.subject_id == newest.id)
        said = f"{by_id(names, newest.nominator_id, '')} told of {by_id(names, newest.nominee_id, '')}."
        hear = Step(
            "These hear of it the same working day: the person first.",
            bool(recipients),
            _be(recipients),
            ("", "") if recipients else ("next", "To what happens next"),
        )
        keep = Step("What may be shared stays in the library.", False, _be(recipients or anybody, "/good-practice"))
        return [begin, Step(said, True, _be(_people(session, [newest.nominee_id]))), hear, keep]


def _standing(session: Session, name: str, alerting: Sequence[str]) -> tuple[int, str]:
    """How many messages about the newest alert, or the newest nomination, have gone, and how it stands."""
    sent = select(func.count()).select_from(Notice).where(col(Notice.state).in_(SENT))
    if name == "praise":
        return session.exec(sent.where(Notice.subject_type == NOMINATION)).one(), ""
    alert = session.exec(
        select(Deadline).where(col(Deadline.kind).in_(alerting)).order_by(col(Deadline.id).desc())
    ).first()
    return (session.exec(sent.where(Notice.deadline_id == alert.id)).one(), alert.state) if alert else (0, "")


def _told(session: Session, *which: object) -> list[Person]:
    """Those whom a message about it has reached, the first first."""
    query = select(Notice.recipient_id).where(*which, col(Notice.state).in_(SENT))  # type: ignore[arg-type]
    return _people(session, dict.fromkeys(session.exec(query.order_by(col(Notice.id)))))


def _people(session: Session, ids: object) -> list[Person]:
    """Those of these who work here, in order."""
    numbers = [each for each in ids if each]  # type: ignore[attr-defined]
    known = {each.id: each for each in session.exec(select(Person).where(col(Person.id).in_(numbers)))}
    return [known[each] for each in numbers if each in known and known[each].active]


def _holders(session: Session, roles: Sequence[str]) -> list[Person]:
    query = select(RoleHolding.person_id).where(col(RoleHolding.role).in_(roles)).order_by(col(RoleHolding.id))
    return _people(session, dict.fromkeys(session.exec(query)))


def _be(people: Sequence[Person], path: str = "/inbox#newest") -> tuple[tuple[str, str], ...]:
    """Links on which somebody is each of these, in a tab of its own."""
    return tuple((f"Be {each.name}", f"/as/{each.id}{path}") for each in people[:MOST])
