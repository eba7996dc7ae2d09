"""The inbox: a person's cards as a chat, their buttons, their forms, and the words that qabot understands."""

import asyncio
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter
from sqlmodel import Session as Database
from sqlmodel import col, func, select
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from qabot.adapter import Command, OpenForm, Press, Reply, Say, ShowCard, Submission
from qabot.errors import NotAllowed, NotFound
from qabot.models import Notice, NoticeState
from qabot.web.answers import PICK_FROM, PREFIX, colleagues, values_of
from qabot.web.sessions import NEWEST, Said
from qabot.web.site import Site, Visitor

SHOWN = 50
NO_CARD = "There is no such message for you. Open your inbox to see what is there."
"""Also of one that is somebody else's: which messages others have is nobody's business."""
LOOKS, LOOK_SECONDS = 5, 2.0
"""A page that waits for news is answered after so many looks at the database, so many seconds apart."""


class Inbox:
    """The pages of one person."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.desk = site.parts.desk

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
            ("/forms/{name}", self.form),
        ):
            router.add_api_route(path, page, methods=["GET"])
        router.add_api_route("/press", self.press, methods=["POST"])
        router.add_api_route("/forms/{name}", self.submit, methods=["POST"])
        router.add_api_route("/words", self.command, methods=["POST"])
        return router

    async def start(self, request: Request) -> Response:
        """The inbox is where everything begins."""
        await self.site.person(request)
        return self.site.go("/inbox#newest")

    async def inbox(self, request: Request) -> Response:
        """The latest cards, newest last."""
        visitor = await self.site.person(request)
        seen = await self._state(visitor.id)
        entries = await self.desk.inbox(visitor.id, SHOWN)
        away = await self.desk.away(visitor.id)
        return self.site.page(request, visitor, "inbox.html", entries=entries, away=away, seen=seen, shown=SHOWN)

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
        return self.site.page(request, visitor, "card.html", card=card, back="notice", origin=token)

    async def owe(self, request: Request) -> Response:
        """What this person owes."""
        visitor = await self.site.person(request)
        card = await self.desk.home(visitor.who, whole=True)
        return self.site.page(request, visitor, "card.html", card=card, back="owe", origin="")

    async def words(self, request: Request) -> Response:
        """The words that can be typed, each as a button."""
        visitor = await self.site.person(request)
        return self.site.page(request, visitor, "words.html", words=self.desk.words())

    async def form(self, request: Request, name: str) -> Response:
        """A form by its name."""
        visitor = await self.site.person(request)
        return await self._answer(request, visitor, await self.desk.form(visitor.who, name), {})

    async def press(self, request: Request) -> Response:
        """A button."""
        visitor, given = await self._posted(request)
        reply = await self.desk.press(Press(visitor.who, str(given.get("action", "")), str(given.get("token", ""))))
        return await self._answer(request, visitor, reply, given)

    async def submit(self, request: Request, name: str) -> Response:
        """A form that was filled in."""
        visitor = await self.site.person(request)
        given = await self.site.posted(request, visitor)
        values = await values_of(given, self.desk)
        reply = await self.desk.submit(Submission(visitor.who, name, str(given.get("token", "")), values))
        return await self._answer(request, visitor, reply, given)

    async def command(self, request: Request) -> Response:
        """A word that was typed, or its button."""
        visitor, given = await self._posted(request)
        word, _, rest = str(given.get("word", "")).strip().partition(" ")
        return await self._answer(request, visitor, await self.desk.command(Command(visitor.who, word, rest)), {})

    async def _posted(self, request: Request) -> tuple[Visitor, Mapping[str, Any]]:
        visitor = await self.site.person(request)
        return visitor, await self.site.posted(request, visitor)

    async def _answer(self, request: Request, visitor: Visitor, reply: Reply, given: Mapping[str, Any]) -> Response:
        """A reply as a page; where it belongs to a card that the person came from, back to that card as it now is."""
        back, origin = str(given.get("back", "")), str(given.get("origin", ""))
        match reply:
            case OpenForm(form):
                people = await colleagues(form, self.desk)
                context: dict[str, Any] = {"form": form, "people": people, "typed": len(people) > PICK_FROM}
                status = 422 if form.errors else 200
                context |= {"back": back, "origin": origin, "away": _path(back, origin) if back else "/inbox#newest"}
                return self.site.page(request, visitor, "form.html", status=status, **context)
            case ShowCard(_, say) if back:
                return self.site.go(_path(back, origin), visitor.session, Said(say or "That is done.", origin))
            case ShowCard(card, say):
                said = Said(say) if say else None
                return self.site.page(request, visitor, "card.html", card=card, back="", origin="", said=said)
            case Say(text, failed=True):
                # Not a way on to another page: going back from here leads to what was written.
                words = f"{text} What you wrote is still there if you go back." if _wrote(given) else text
                return self.site.page(request, visitor, "said.html", status=503, card=None, said=Said(words))
            case Say(text, None) if back:
                return self.site.go(_path(back, origin), visitor.session, Said(text, origin))
            case Say(text, card):
                return self.site.page(request, visitor, "said.html", card=card, said=Said(text))


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
    return f"/inbox#{NEWEST}" if safe == NEWEST else f"/inbox#card-{safe}"
