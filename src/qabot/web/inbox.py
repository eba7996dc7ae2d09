"""The inbox: a person's cards as a chat, their buttons, their forms, and the words that qabot understands."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter
from sqlmodel import Session as Database
from sqlmodel import col, func, select
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from qabot.adapter import Command, OpenForm, Press, Reply, Say, ShowCard, Submission
from qabot.errors import NotAllowed, NotFound
from qabot.framework.calendar import local_day
from qabot.messaging.card import Button, Row
from qabot.messaging.form import Form
from qabot.messaging.identifiers import find
from qabot.messaging.typed import read_words
from qabot.models import Notice, NoticeState
from qabot.web.answers import PICK_FROM, PREFIX, colleagues, values_of
from qabot.web.guards import AWAY, plain_page
from qabot.web.owed import OwedRow, owed_rows
from qabot.web.ports import UnitsOfWork
from qabot.web.programme import page_of
from qabot.web.sessions import NEWEST, Said, Session
from qabot.web.site import Actor, Site, Visitor, first_page
from qabot.web.table_files import Table, add_files, download, ending_of
from qabot.workflows.access.owing import owed
from qabot.workflows.core.texts import typed_words
from qabot.workflows.verbs.undoing import UNDO

SHOWN = 10
"""Cards on a page of the inbox."""
FIRST_UNDATED = 5
"""Meetings without a date that stand above the messages; all of them are on the page of the line."""
NO_CARD = "There is no such message for you. Open your inbox to see what is there."
"""Also of one that is somebody else's: which messages others have is nobody's business."""
OF_OWED = ("What", "About", "Team", "Waiting since", "Due", "Past its date")
AS_IT_IS = "This is how it stands now."
NOT_DONE = "This was not saved"
LOOKS, LOOK_SECONDS = 5, 2.0
"""A page that waits for news is answered after so many looks at the database, so many seconds apart."""


class Inbox:
    """The pages of one person."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.desk, self.units = site.parts.desk, site.parts.units

    def router(self) -> APIRouter:
        """Its routes."""
        router = APIRouter()
        for path, page in (
            ("/", self.start),
            ("/inbox", self.inbox),
            ("/inbox/changes", self.changes),
            ("/n/{token}", self.notice),
            ("/owe", self.owe),
            ("/words", self.words),
            ("/words/{word}", self.word),
            ("/forms/{name}", self.form),
        ):
            router.add_api_route(path, page, methods=["GET"])
        if self.units is not None:
            add_files(router, "/owe", partial(self.owe_file, self.units))
        router.add_api_route("/press", self.press, methods=["POST"])
        router.add_api_route("/forms/{name}", self.submit, methods=["POST"])
        router.add_api_route("/words", self.command, methods=["POST"])
        return router

    async def start(self, request: Request) -> Response:
        """Where everybody begins."""
        return self.site.go(first_page(await self.site.person(request)))

    async def inbox(self, request: Request) -> Response:
        """Open alerts first, and then the latest cards, newest first, a page at a time."""
        visitor = await self.site.person(request)
        seen = await self._state(visitor.id)
        page = page_of(request.query_params)
        alerts = list(await self.desk.alerts(visitor.id))[::-1] if page == 1 else []
        items = list(await self.desk.inbox(visitor.id, SHOWN + 1, (page - 1) * SHOWN))[::-1]
        on_top = {each.token for each in alerts}
        entries = [each for each in items[:SHOWN] if each.token not in on_top]
        above = await self.desk.above(visitor.id)
        undated = await self._undated(visitor) if page == 1 else ((), 0)
        context: dict[str, Any] = {"alerts": alerts, "entries": entries, "above": above, "seen": seen, "number": page}
        context["undated"] = undated
        return self.site.page(request, visitor, "inbox.html", older=len(items) > SHOWN, **context)

    async def _undated(self, visitor: Visitor) -> tuple[Sequence[OwedRow], int]:
        """What whoever answers for a line looks for first: its low grades whose meeting has no date yet."""
        team, framework, now = self.site.parts.team, self.site.parts.framework, self.site.parts.clock.now()
        if team is None or not visitor.leads:
            return (), 0

        def read(session: Database) -> tuple[Sequence[OwedRow], int]:
            rows, total = team.undated(session, visitor.id, FIRST_UNDATED)
            return (owed_rows(session, framework, rows, now) if rows else ()), total

        return await self.site.parts.store.run(read)

    async def changes(self, request: Request, seen: str = "") -> Response:
        """Whether the inbox is no longer what the page has `seen`: at once if so, else after some ten seconds."""
        visitor = await self.site.person(request)
        state = await self._state(visitor.id)
        for _ in range(LOOKS):
            if state != seen or await request.is_disconnected():
                break
            if await self.site.parts.bell.wait(visitor.id, LOOK_SECONDS):
                # The bell rings when a card goes out, a moment before that is recorded.
                await asyncio.sleep(0.2)
            state = await self._state(visitor.id)
        return JSONResponse({"seen": state, "changed": state != seen})

    async def _state(self, person_id: int) -> str:
        return await self.site.parts.store.run(lambda database: inbox_state(database, person_id))

    async def notice(self, request: Request, token: str) -> Response:
        """One whole card. Somebody else's is refused and recorded."""
        visitor = await self.site.person(request)
        try:
            card = await self.desk.card(token, visitor.id)
        except NotAllowed:
            await self.site.record("link-refused", visitor.id, "somebody else's card was opened", subject_type="notice")
            raise NotFound(NO_CARD) from None
        except NotFound:
            raise NotFound(NO_CARD) from None
        above = undoable(await self.desk.above(visitor.id))
        return self.site.page(request, visitor, "card.html", card=card, back="notice", origin=token, above=above)

    async def owe(self, request: Request) -> Response:
        """What this person owes."""
        visitor = await self.site.person(request)
        card = await self.desk.home(visitor.who, whole=True)
        as_file = self.units is not None and visitor.owes > 0
        context: dict[str, Any] = {
            "card": card,
            "as_file": as_file,
            "above": undoable(await self.desk.above(visitor.id)),
        }
        return self.site.page(request, visitor, "card.html", back="owe", origin="", **context)

    async def owe_file(self, units: UnitsOfWork, request: Request) -> Response:
        """The same as a file: what this person owes, soonest first. One's own is not noted in the log."""
        visitor = await self.site.person(request)
        framework, now = self.site.parts.framework, self.site.parts.clock.now()

        def read(session: Database) -> list[OwedRow]:
            return owed_rows(session, framework, owed(units.unit(session), visitor.id), now)

        rows = [
            (each.kind, each.subject, each.team, each.since, each.due, "Yes" if each.past else "")
            for each in await self.site.parts.store.run(read)
        ]
        name = f"qabot-what-i-owe-{local_day(now).isoformat()}"
        return download(name, ending_of(request), [Table("What I owe", OF_OWED, rows)])

    async def words(self, request: Request) -> Response:
        """The words that can be typed, each as a button."""
        visitor = await self.site.person(request)
        return self.site.page(request, visitor, "words.html", words=self.desk.words())

    async def word(self, request: Request, word: str, rest: str = "") -> Response:
        """What a word shows; one that does something is pressed on the page of words."""
        visitor = await self.site.person(request)
        if word not in self.desk.showing():
            return self.site.go("/words")
        match await self.desk.command(Command(visitor.who, word, rest)):
            case OpenForm(form):
                return await self._form(request, visitor, form, "words", "")
            case reply:
                return self._shown(request, visitor, reply)

    async def form(
        self, request: Request, name: str, token: str = "", back: str = "", origin: str = "", who: str = ""
    ) -> Response:
        """A form by its name, about what the token names, or about `who`. Nothing happens before it is sent."""
        visitor = await self.site.person(request)
        values = {"who": who} if who else None
        match await self.desk.form(visitor.who, name, values, token=token):
            case OpenForm(form):
                return await self._form(request, visitor, form, back, origin)
            case Say(text, failed=False) if back:
                return self.site.go(_path(back, origin), visitor.session, Said(text, origin))
            case reply:
                return self._shown(request, visitor, reply)

    async def press(self, request: Request) -> Response:
        """A button."""
        actor, given = await self._posted(request)
        action, token = str(given.get("action", "")), str(given.get("token", ""))
        reply = await self.desk.press(Press(actor.who, action, token, bare=True), sure=actor.sure)
        return await self._done(request, actor.session, reply, given)

    async def submit(self, request: Request, name: str) -> Response:
        """A form that was filled in; with something to check it is shown again, at the address where it already is."""
        actor, given = await self._posted(request)
        values = await values_of(given, self.desk)
        sent = Submission(actor.who, name, str(given.get("token", "")), values, bare=True)
        reply = await self.desk.submit(sent, sure=actor.sure)
        if isinstance(reply, OpenForm):
            return await self._form(request, await self.site.person(request), reply.form, *_from(given))
        return await self._done(request, actor.session, reply, given)

    async def command(self, request: Request) -> Response:
        """A word that was typed, or its button."""
        actor, given = await self._posted(request)
        word, rest = read_words(str(given.get("word", "")))
        # Neither what is said once nor an address may hold it.
        if hits := find(f"{word} {rest}", case_reference=self.site.parts.framework.council.case_reference):
            return self.site.go("/words", actor.session, Said(typed_words(hits)))
        spec = self.desk.find_word(word)
        if spec is None:
            guess = self.desk.guess_word(word)
            meant = f" Did you mean “{guess}”?" if guess else ""
            said = f"“{word}” is none of the words that qabot understands.{meant} These are all of them."
            return self.site.go("/words", actor.session, Said(said))
        if spec in self.desk.showing():
            query = f"?{urlencode({'rest': rest})}" if rest else ""
            return self.site.go(f"/words/{spec}{query}")
        reply = await self.desk.command(Command(actor.who, spec, rest), sure=actor.sure)
        return await self._done(request, actor.session, reply, {"back": "words"})

    async def _posted(self, request: Request) -> tuple[Actor, FormData]:
        actor = self.site.actor(request)
        return actor, await self.site.posted(request, actor)

    async def _form(self, request: Request, visitor: Visitor, form: Form, back: str, origin: str) -> Response:
        people = await colleagues(form, self.desk)
        context: dict[str, Any] = {"form": form, "people": people, "typed": len(people) > PICK_FROM}
        context |= {"back": back, "origin": origin, "away": _path(back, origin)}
        context["address"] = _address(form, back, origin)
        return self.site.page(request, visitor, "form.html", status=422 if form.errors else 200, **context)

    async def _done(self, request: Request, session: Session, reply: Reply, given: Mapping[str, Any]) -> Response:
        """What came of it, on a page with an address of its own: the form, or where the person came from."""
        back, origin = _from(given)
        match reply:
            case OpenForm(form):
                return self.site.go(_address(form, back, origin))
            case Say(text, failed=True):
                # Not a way on to another page: going back from here leads to what was written.
                words = f"{text} What you wrote is still there if you go back." if _wrote(given) else text
                return await self._not_done(request, words)
            case ShowCard(_, say, buttons, aside):
                said = Said(say or aside or AS_IT_IS, origin, _undo(buttons))
            case Say(text, buttons=buttons):
                said = Said(text or AS_IT_IS, origin, _undo(buttons))
        return self.site.go(_path(back, origin), session, said)

    async def _not_done(self, request: Request, words: str) -> Response:
        """That nothing was saved; it can be said without the database too, which may be why."""
        try:
            visitor = await self.site.visitor(request)
        except AWAY:
            return plain_page(503, NOT_DONE, words)
        return self._shown(request, visitor, Say(words, failed=True))

    def _shown(self, request: Request, visitor: Visitor, reply: Reply) -> Response:
        """A card, or a sentence, as a page."""
        match reply:
            case ShowCard(card, say):
                said = Said(say) if say else None
                return self.site.page(request, visitor, "card.html", card=card, back="", origin="", said=said, above=())
            case Say(text, card, failed):
                status = 503 if failed else 200
                return self.site.page(request, visitor, "said.html", status=status, card=card, said=Said(text))
            case OpenForm(form):
                return self.site.go(_address(form, "", ""))


def undoable(above: Sequence[Row]) -> list[Row]:
    """Of what stands above somebody's cards, what they can still take back."""
    return [each for each in above if any(button.action.startswith(f"{UNDO}:") for button in each.buttons)]


def _undo(buttons: Sequence[Button]) -> tuple[str, ...]:
    """The button under a sentence, as it travels to the next page."""
    return next(((each.action, each.label, each.token) for each in buttons), ())


def _from(given: Mapping[str, Any]) -> tuple[str, str]:
    """Which page a button or a form was on, and which card of it."""
    return str(given.get("back", "")), str(given.get("origin", ""))


def _address(form: Form, back: str, origin: str) -> str:
    """Where a form is: the same with every reload, and from a bookmark."""
    query = urlencode({name: text for name, text in _query(form, back, origin) if text})
    return f"/forms/{form.name}?{query}" if query else f"/forms/{form.name}"


def _query(form: Form, back: str, origin: str) -> Iterator[tuple[str, str]]:
    yield from (("token", form.token), ("back", back), ("origin", origin))


def _wrote(given: Mapping[str, Any]) -> bool:
    return any(name.startswith(PREFIX) for name in given)


def inbox_state(database: Database, person_id: int) -> str:
    """What changes whenever a card of this person's inbox does: how many there are, and how often they were redrawn."""
    count, redraws = database.exec(
        select(func.count(), func.coalesce(func.sum(Notice.wanted), 0)).where(
            Notice.recipient_id == person_id,
            col(Notice.state).in_((NoticeState.sent, NoticeState.ambiguous)),
            col(Notice.carrier_id).is_(None),
        )
    ).one()
    return f"{count}-{redraws}"


def _path(back: str, origin: str) -> str:
    safe = "".join(letter for letter in origin if letter.isalnum() or letter in "-_")
    match back:
        case "owe":
            return "/owe"
        case "notice":
            return f"/n/{safe}"
        case "record":
            return f"/audits/{safe}"
        case "gathering":
            return f"/gatherings/{safe}"
        case "words":
            return "/words"
        case "actions":
            return "/actions"
        case "today":
            return "/programme/today"
        case "people":
            return "/programme/people"
    return f"/inbox#card-{safe}" if safe and safe != NEWEST else f"/inbox#{NEWEST}"
