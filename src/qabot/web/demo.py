"""The demo: choose whom to be, and move time. These routes exist in the demo only."""

import asyncio
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from fastapi import APIRouter
from sqlmodel import Session as Database
from sqlmodel import col, func, select
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from qabot.errors import BadRequest, NotFound
from qabot.framework.calendar import at_local, local_day
from qabot.messaging import values
from qabot.models import Notice, Person, RoleHolding, Team
from qabot.models.look_up import by_id
from qabot.web.drawing import moment, words
from qabot.web.ports import Timeline
from qabot.web.sessions import NEWEST, Said
from qabot.web.site import Site, number, safe_path

ARRIVE = time(10, 0)
"""Moving to a day arrives at ten, when that day's digests are out."""
FURTHEST = timedelta(days=366)


_SENT = (col(Notice.sent_at).is_not(None), col(Notice.carrier_id).is_(None))
"""A message of its own: what a digest carries came with the digest."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Somebody to be."""

    id: int
    name: str
    team: str
    roles: str
    cards: int


class Demo:
    """Its pages. `timeline` is the demo's time; one move at a time."""

    def __init__(self, site: Site, timeline: Timeline) -> None:
        self.site = site
        self.timeline = timeline
        self._moving = asyncio.Lock()
        self._playing: dict[str, int] = {}
        """Whom each browser is, by its session: invented colleagues do nothing in the name of any of them."""

    def router(self) -> APIRouter:
        """Its routes."""
        router = APIRouter()
        router.add_api_route("/demo", self.choose, methods=["GET"])
        router.add_api_route("/demo/be", self.be, methods=["POST"])
        router.add_api_route("/demo/time", self.move, methods=["POST"])
        return router

    async def choose(self, request: Request) -> Response:
        """Everybody, by team, with how many cards they have."""
        visitor = await self.site.visitor(request)
        titles = self.site.parts.framework.titles()
        people = await self.site.parts.store.run(lambda database: choices(database, titles))
        sees_all = values.join_and(titles[name] for name in self.site.parts.framework.doing("runs-quality"))
        return self.site.page(request, visitor, "choose.html", people=people, sees_all=sees_all)

    async def be(self, request: Request) -> Response:
        """Become somebody."""
        visitor = await self.site.visitor(request)
        given = str((await self.site.posted(request, visitor)).get("person", ""))
        person_id = number(given) or 0
        person = await self.site.parts.store.run(lambda database: database.get(Person, person_id))
        if person is None:
            raise NotFound("There is nobody like that here. Choose somebody from the list.")
        session = self.site.sessions.begin(person_id)
        self._playing.pop(visitor.session.id, None)
        self._playing[session.id] = person_id
        path, said = await self.site.begin(session), f"You are now {person.name}."
        return self.site.go(path, session, Said(said, NEWEST) if path.startswith("/inbox") else Said(said))

    async def move(self, request: Request) -> Response:
        """Move time, and say what happened meanwhile."""
        visitor = await self.site.visitor(request)
        given = await self.site.posted(request, visitor)
        me = visitor.person.id if visitor.person else None
        async with self._moving:
            before = await self._sent(me)
            if str(given.get("to", "")) == "notice":
                await self._to_next_notice(before[0])
            else:
                await self._advance(self._target(given))
            after = await self._sent(me)
        path = safe_path(str(given.get("here", "")))
        said = self._happened(after[0] - before[0], after[1] - before[1] if me else None)
        if path == "/inbox":
            return self.site.go("/inbox#newest", visitor.session, Said(said, NEWEST))
        return self.site.go(path, visitor.session, Said(said))

    async def _sent(self, me: int | None) -> tuple[int, int]:
        return await self.site.parts.store.run(lambda database: sent_counts(database, me))

    async def _to_next_notice(self, before: int) -> None:
        """From one due moment to the next until something was sent, a year at most: many moments send nothing."""
        end = self.site.parts.clock.now() + FURTHEST
        while (following := await self.timeline.next_moment()) is not None and following <= end:
            await self._advance(following)
            if (await self._sent(None))[0] > before:
                return

    async def _advance(self, to: datetime) -> None:
        await self.timeline.advance(to, self.playing())

    def playing(self) -> set[int]:
        """Whom somebody is now, in a browser or in one of its tabs."""
        return {*self._playing.values(), *self.site.players.now()}

    async def pass_to_notice(self) -> None:
        """Time passes until something is sent, a year at most."""
        async with self._moving:
            await self._to_next_notice((await self._sent(None))[0])

    async def pass_until(self, to: datetime) -> None:
        """Time passes, after whatever else moves it."""
        async with self._moving:
            await self._advance(to)

    def _target(self, given: FormData) -> datetime:
        now = self.site.parts.clock.now()
        calendar, today = self.site.parts.framework.calendar(), local_day(now)
        match str(given.get("to", "")):
            case "day":
                return at_local(calendar.add_days(today, 1), ARRIVE)
            case "week":
                return at_local(calendar.roll(today + timedelta(days=7 - today.weekday()), "later"), ARRIVE)
        return _chosen(str(given.get("date", "")), now)

    def _happened(self, everybody: int, mine: int | None) -> str:
        now = f"It is now {moment(self.site.parts.clock.now())}."
        if not everybody:
            return f"{now} Nothing was sent."
        sent = values.plural(everybody, "message was", "messages were")
        return f"{now} {sent} sent." if mine is None else f"{now} {sent} sent, {mine:,} of them to you."


def _chosen(given: str, now: datetime) -> datetime:
    try:
        to = at_local(date.fromisoformat(given), ARRIVE)
    except ValueError as wrong:
        raise BadRequest("Give the date to move to, such as 2026-11-21.") from wrong
    if not now < to <= now + FURTHEST:
        raise BadRequest(f"Time only moves forwards, at most a year at once. It is now {moment(now)}.")
    return to


def choices(database: Database, titles: dict[str, str]) -> list[Choice]:
    """Everybody who works here, by team and name."""
    teams = {team.id: team.name for team in database.exec(select(Team))}
    roles: dict[int, set[str]] = {}
    for held in database.exec(select(RoleHolding)):
        roles.setdefault(held.person_id, set()).add(titles.get(held.role, words(held.role)))
    cards = dict(
        database.exec(select(Notice.recipient_id, func.count()).where(*_SENT).group_by(col(Notice.recipient_id))).all()
    )
    people = database.exec(select(Person).where(col(Person.active).is_(True)))
    options = [
        Choice(
            person.id,
            person.name,
            by_id(teams, person.team_id, "Across the council"),
            ", ".join(sorted(roles.get(person.id, ()))),
            cards.get(person.id, 0),
        )
        for person in people
    ]
    return sorted(options, key=lambda each: (each.team, not each.roles, each.name))


def sent_counts(database: Database, me: int | None) -> tuple[int, int]:
    """How many notices were ever sent: to everybody, and to one person."""
    sent = select(func.count()).select_from(Notice).where(*_SENT)
    return database.exec(sent).one(), database.exec(sent.where(Notice.recipient_id == me)).one()
