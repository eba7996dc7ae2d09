"""One request's ground: who is there, whether a form may be believed, and the page as an answer."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from sqlalchemy import bindparam, exists
from sqlalchemy import select as select_rows
from sqlmodel import Session as Database
from sqlmodel import col, select
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from qabot.adapter import Who
from qabot.delivery.pilot import Held, counted
from qabot.errors import BadRequest, NotAllowed, SignInNeeded
from qabot.framework.calendar import at_local, local_day
from qabot.models import Deadline, EndedSession, Event, Person, RoleHolding
from qabot.models.columns import run, table
from qabot.planning.outlook import StepView, folded
from qabot.web.answers import PREFIX
from qabot.web.drawing import draw
from qabot.web.framed import FRAMED, TAB_PAGE
from qabot.web.house_style import HouseStyle
from qabot.web.ports import Parts
from qabot.web.sessions import Said, Session, Sessions, of_tab
from qabot.web.tabs import TAB, Players
from qabot.web.titles import Titles
from qabot.workflows.access import owing
from qabot.workflows.access.seniors import senior_roles

LARGEST_FORM = 256 * 1024
_person, _ended = table(Person).c, table(EndedSession).c
_STANDING = select_rows(
    _person.active, _person.signed_out_at, exists().where(_ended.session == bindparam("session"))
).where(_person.id == bindparam("person"))
"""Whether somebody may still act, since when all their sessions are over, and whether this one is."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who looks at a page. `manager`: may see the programme (an administrator or quality assurance).

    `alerts`: how many open alerts wait for them; `owes`: how many things in all, alerts too. `leads`:
    has people whose work they look after. `held`: for managers, what
    a pilot keeps back. `reader`: may read the figures and the reports (a manager, or a senior leader). `quality`: holds
    a role that runs quality assurance. `first`: a manager where nothing has ever been owed.
    """

    session: Session
    person: Person | None = None
    manager: bool = False
    alerts: int = 0
    owes: int = 0
    leads: bool = False
    held: Held | None = None
    reader: bool = False
    quality: bool = False
    first: bool = False

    @property
    def id(self) -> int:
        """The person's id. Raises `SignInNeeded` if nobody is signed in."""
        if self.person is None:
            raise SignInNeeded
        return self.person.id

    @property
    def who(self) -> Who:
        """For the desk: the session has proved who it is."""
        return Who(adapter="web", external_id=str(self.id))


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something, as their cookie says: no more of them is read than what they do needs."""

    session: Session
    person_id: int

    @property
    def who(self) -> Who:
        """For the desk, which is to be `sure` of them."""
        return Who(adapter="web", external_id=str(self.person_id))

    def sure(self, database: Database) -> None:
        """Raises `SignInNeeded` if they have left, or their session is over: asked where it is done."""
        rows = run(database, _STANDING, {"person": self.person_id, "session": self.session.id})
        active, since, over = rows[0] if rows else (False, None, True)
        if not active or over or _began_before(self.session, since):
            raise SignInNeeded


class Site:
    """What every group of pages shares."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.house = HouseStyle(parts.settings)
        self.players = Players()
        self.titles = Titles(parts.framework, parts.message_titles)
        settings = parts.settings
        self.secure = settings.base_url.startswith("https://")
        self.sessions = Sessions(
            settings.secret_keys,
            secure=self.secure,
            demo=settings.demo,
            framed=bool(parts.frame_ancestors),
            path=urlsplit(settings.base_url).path.rstrip("/"),
            longest=timedelta(hours=settings.session_hours),
            idle=timedelta(minutes=settings.session_idle_minutes),
        )

    def ways_in(self, request: Request) -> list[tuple[str, str]]:
        """What people may sign in with, each with the address that leads there and back to this page."""
        reception = self.parts.reception
        if request.scope.get(FRAMED):
            return [("Teams", TAB_PAGE)]
        path = request.scope["path"] if request.method == "GET" else "/inbox"
        query = f"?{request.url.query}" if request.method == "GET" and request.url.query else ""
        to = urlencode({"to": f"{path}{query}"})
        places = reception.places if reception is not None else ()
        return [(each.provider.name, f"/sign-on/{at}?{to}") for at, each in enumerate(places)]

    async def steps(self, deadline_id: int) -> Sequence[StepView]:
        """A deadline's ladder as a line of steps, each with its message's title."""
        steps = await self.parts.outlook(deadline_id)
        return [replace(each, message=self.titles.message(each.message)) for each in folded(steps)]

    async def visitor(self, request: Request) -> Visitor:
        """Whoever is there, perhaps nobody."""
        session = self._session(request)
        if session.person_id is None:
            return Visitor(session)
        return await self.parts.store.run(lambda database: self._known(database, session))

    def actor(self, request: Request) -> Actor:
        """Whoever does something, by their cookie alone. Raises `SignInNeeded`."""
        session = self._session(request)
        if session.person_id is None:
            raise SignInNeeded
        return Actor(session, session.person_id)

    def _session(self, request: Request) -> Session:
        framed = bool(request.scope.get(FRAMED))
        session = self.sessions.read(request.cookies, self.parts.clock.now(), framed=framed)
        tab = request.scope.get(TAB)
        return of_tab(session, tab) if tab is not None and self.parts.settings.demo else session

    def _known(self, database: Database, session: Session) -> Visitor:
        person_id = session.person_id
        person = database.get(Person, person_id)
        if person is None or not person.active or self._is_over(database, session, person):
            return Visitor(session)
        today = local_day(self.parts.clock.now())
        framework = self.parts.framework
        quality, senior = framework.doing("runs-quality"), senior_roles(framework)
        held = database.exec(
            select(RoleHolding).where(
                RoleHolding.person_id == person_id, col(RoleHolding.role).in_([*quality, *senior])
            )
        ).all()
        roles = {
            each.role
            for each in held
            if (each.from_on is None or each.from_on <= today) and (each.to_on is None or today <= each.to_on)
        }
        alerts, owes = owing.count_waiting(database, framework, person.id)
        runs_quality = not roles.isdisjoint(quality)
        manager = person.administrator or runs_quality
        first = manager and database.exec(select(Deadline.id).limit(1)).first() is None
        kept = counted(database, self.parts.pilot) if manager else None
        leads = self.parts.team is not None and bool(self.parts.team.line(database, person.id))
        reader = manager or bool(roles)
        return Visitor(session, person, manager, alerts, owes, leads, kept, reader, runs_quality, first)

    def _is_over(self, database: Database, session: Session, person: Person) -> bool:
        """Whether somebody has ended it: this one alone, or all that this person had open."""
        return _began_before(session, person.signed_out_at) or database.get(EndedSession, session.id) is not None

    async def begin(self, session: Session) -> str:
        """Where whoever has this session begins: `first_page` of them."""
        return first_page(await self.parts.store.run(lambda database: self._known(database, session)))

    async def person(self, request: Request) -> Visitor:
        """Whoever is signed in. Raises `SignInNeeded`."""
        visitor = await self.visitor(request)
        _ = visitor.id
        return visitor

    async def manager(self, request: Request) -> Visitor:
        """A signed-in person who may see the programme. Raises `NotAllowed`."""
        visitor = await self.person(request)
        if not visitor.manager:
            raise NotAllowed(
                f"The programme is open to {self.parts.framework.quality} and administrators. "
                "What you owe yourself is under What I owe."
            )
        return visitor

    async def posted(self, request: Request, visitor: Visitor | Actor, *, largest: int = LARGEST_FORM) -> FormData:
        """The form that was sent, of so many bytes at most. Raises `NotAllowed` if no page of this session sent it."""
        length = request.headers.get("content-length", "")
        if not (length.isdecimal() and len(length) < 10) or int(length) > largest:
            raise BadRequest("This is more than can be taken at once. Make it smaller, and send it again.")
        form = await request.form(max_files=1, max_part_size=largest)
        if not (self.is_from_here(request) and self.sessions.is_csrf(visitor.session, str(form.get("csrf", "")))):
            raise NotAllowed(
                "This page was too old, or the request came from elsewhere. Go back, reload, and try again."
            )
        return form

    async def typed(self, request: Request) -> list[str]:
        """What somebody wrote on one of our own forms that is not taken: shown to them once more, and kept nowhere."""
        length = request.headers.get("content-length", "")
        small = length.isdecimal() and len(length) < 10 and int(length) <= LARGEST_FORM
        if request.method != "POST" or not small or not self.is_from_here(request):
            return []
        form = await request.form(max_files=1, max_part_size=LARGEST_FORM)
        texts = (value for key, value in form.multi_items() if key.startswith(PREFIX) and isinstance(value, str))
        return [each for each in texts if " " in each.strip() or "\n" in each.strip()]

    def is_from_here(self, request: Request) -> bool:
        """Whether a page of ours sent this, as far as the browser says."""
        # Our own pages send no referrer, so browsers give their Origin as "null"; Sec-Fetch-Site says it then.
        site = request.headers.get("sec-fetch-site")
        if site is not None and site != "same-origin":
            return False
        origin = request.headers.get("origin", "null")
        # The Host header is one of ours by now (`qabot.web.guards`), but which port it names is anybody's.
        ours = {f"{scheme}://{request.headers.get('host')}" for scheme in ("http", "https")}
        return origin in {"null", _origin(self.parts.settings.base_url), *ours}

    def page(self, request: Request, visitor: Visitor, template: str, *, status: int = 200, **context: Any) -> Response:
        """A page, with what is to be said once."""
        said = context.pop("said", None) or self.sessions.said(visitor.session, request.cookies)
        now = self.parts.clock.now()
        text = draw(
            template,
            visitor=visitor,
            said=said,
            csrf=self.sessions.csrf(visitor.session),
            council=self.parts.framework.council,
            quality=self.parts.framework.quality,
            house=self.house,
            demo=self.parts.settings.demo,
            has_surveys=any(duty.is_survey for duty in self.parts.framework.duties.values()),
            standstill=self.parts.standstill(),
            troubles=self.parts.watched()[1],
            now=now,
            here=request.scope["path"],
            **context,
        )
        response = HTMLResponse(text, status)
        if self.sessions.is_due(visitor.session, now):
            response.headers.append("Set-Cookie", self.sessions.cookie(visitor.session, now))
        if self.sessions.said_name(visitor.session) in request.cookies:
            response.headers.append("Set-Cookie", self.sessions.unsay(visitor.session))
        return response

    def go(self, path: str, session: Session | None = None, said: Said | None = None) -> Response:
        """To another page, which says something. `session` is given where it begins or speaks."""
        response = RedirectResponse(path, 303)
        if session is not None and session.fresh:
            response.headers.append("Set-Cookie", self.sessions.cookie(session, self.parts.clock.now()))
        if session is not None and said is not None and said.text:
            response.headers.append("Set-Cookie", self.sessions.say(session, said))
        return response

    async def note_read(self, what: str, visitor: Visitor, subject: tuple[str, int]) -> None:
        """Note in the event log that somebody read what is not their own: once on a day in England for each thing."""
        now, (kind, number), reader = self.parts.clock.now(), subject, visitor.id

        def note(database: Database) -> None:
            about = (Event.subject_type == kind, Event.subject_id == number, Event.actor_id == reader)
            today = Event.at >= at_local(local_day(now), time(0, 0))
            if database.exec(select(Event.id).where(*about, Event.what == what, today).limit(1)).first() is None:
                database.add(Event(at=now, what=what, actor_id=reader, subject_type=kind, subject_id=number))

        await self.parts.store.run(note)

    async def record(self, what: str, actor_id: int | None, why: str = "", **fields: Any) -> None:
        """A line in the event log."""
        event = Event(at=self.parts.clock.now(), what=what, actor_id=actor_id, why=why, **fields)
        await self.parts.store.run(lambda database: database.add(event))


def _began_before(session: Session, moment: datetime | None) -> bool:
    """Whether a session was open when all of its person's were ended."""
    return moment is not None and (session.begun is None or session.begun <= moment)


def _origin(base_url: str) -> str:
    parts = urlsplit(base_url)
    return f"{parts.scheme}://{parts.netloc}"


def first_page(visitor: Visitor) -> str:
    """Where somebody begins: what is wrong first for whoever runs the programme, the inbox for all others."""
    return "/programme/today" if visitor.manager else "/inbox#newest"


def number(given: str) -> int | None:
    """A whole number that fits every database's columns; None if it is none."""
    return int(given) if given.isdecimal() and len(given) < 10 else None


def safe_path(path: str) -> str:
    """A path on this site; anything else becomes the inbox."""
    plain = path.isprintable() and "\\" not in path and not path.startswith("//")
    return path if plain and path.startswith("/") else "/inbox"
