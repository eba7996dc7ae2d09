"""Is everybody reached, and what must I do: the same checks as `qabot doctor`, the platforms, and the settings."""

import asyncio
from collections.abc import Sequence
from typing import Any

import structlog
from fastapi import APIRouter
from sqlmodel import Session, col, select
from starlette.requests import Request
from starlette.responses import Response

from qabot.adapter import Adapter, Finding, Sent
from qabot.delivery import trials
from qabot.delivery.pilot import refusal
from qabot.errors import NotFound
from qabot.framework.calendar import local_day
from qabot.models import Person
from qabot.models.columns import alphabetical, new_token
from qabot.planning.directory import Staff
from qabot.web import checklist, labels, reach
from qabot.web.administration.ground import HOME, Ground
from qabot.web.administration.staff import NOBODY
from qabot.web.sessions import Said
from qabot.web.signin import OPEN_WITHIN, personal_url
from qabot.web.site import Visitor, number
from qabot.web.table_files import Table, add_files
from qabot.workflows.cards.draw import Drawing
from qabot.workflows.core.unit import Unit
from qabot.workflows.people.accounts import WEB
from qabot.workflows.people.reach import counted, questions

log = structlog.get_logger()
PLATFORMS = f"{HOME}/platforms"
OF_SETTINGS = ("Setting", "Value", "From", "What it is")
PATIENCE = 30.0
"""Seconds that a chat may take to answer all checks."""
SENT_BY_HAND = "an administrator sent a test"
SIGN_IN = "sign-in"


class Overview(Ground):
    """The first page of administration, the platforms, and the settings."""

    def router(self) -> APIRouter:
        """Its routes."""
        router = APIRouter(prefix=HOME)
        router.add_api_route("", self.show, methods=["GET"])
        router.add_api_route("/platforms", self.platforms, methods=["GET"])
        router.add_api_route("/platforms", self.send, methods=["POST"])
        router.add_api_route("/settings", self.settings, methods=["GET"])
        add_files(router, "/settings", self.settings_file)
        router.add_api_route("/people/{person}/link", self.link, methods=["GET"])
        router.add_api_route("/people/{person}/link", self.give_link, methods=["POST"])
        return router

    async def show(self, request: Request) -> Response:
        """What is to be done, and whether everybody is reached."""
        visitor = await self.administrator(request)
        checks, items = await asyncio.gather(
            asyncio.to_thread(lambda: list(self.site.parts.checks())), self.site.parts.store.run(self._counts)
        )
        reception = self.site.parts.reception
        signing_in = reception.standing() if reception is not None else ()
        findings = [*checks, *items["findings"], *self._standing(), *signing_in]
        return self.page(
            request,
            visitor,
            "admin-overview.html",
            wrong=[each for each in findings if not each.ok],
            notes=[each for each in findings if each.ok and each.advice],
            well=[each for each in findings if each.ok and not each.advice],
            reached=items["reached"],
            asked=items["asked"],
        )

    def _counts(self, session: Session) -> dict[str, Any]:
        """How many each platform reaches, what is asked about accounts, and what is still to be done."""
        known = reach.platforms(self.site.parts.adapters)
        return {
            "reached": [(name, *counted(session, name, words), words.advice) for name, words in known.items()],
            "asked": len(questions(session, known)),
            "findings": list(checklist.findings(self.units.unit(session), self.site.parts.pilot)),
        }

    def _standing(self) -> list[Finding]:
        """How it is with each chat now."""
        findings = []
        for each in self.site.parts.chats():
            what = each.why or each.trouble or (f"It is {each.standing}." if not each.well else "")
            if each.ends is not None:
                what = f"{what} Its secret ends on {local_day(each.ends).isoformat()}: make a new one.".strip()
            findings.append(Finding(f"Chat: {each.adapter.capitalize()}", each.well, what))
        return findings

    async def platforms(self, request: Request) -> Response:
        """Each platform: how it is, and whom it reaches; with `check`, what it says when it is asked."""
        visitor = await self.administrator(request)
        name = request.query_params.get("check", "")
        adapter = next((each for each in self._chats() if each.name == name), None)
        checked = await _ask(adapter) if adapter is not None else None
        return await self._platforms(request, visitor, name if adapter is not None else "", checked)

    async def _platforms(
        self,
        request: Request,
        visitor: Visitor,
        name: str = "",
        checked: Sequence[Finding] | None = None,
        sent: Sequence[str] = (),
        person: int | None = None,
    ) -> Response:
        known = reach.platforms(self.site.parts.adapters)

        def read(session: Session) -> tuple[dict[str, tuple[int, int]], list[tuple[int, str]]]:
            numbers = {name: counted(session, name, words) for name, words in known.items()}
            everybody = session.exec(
                select(Person.id).where(col(Person.active)).order_by(alphabetical(Person.name), col(Person.id))
            ).all()
            called = labels.names(session, everybody)
            return numbers, [(each, called[each]) for each in everybody]

        numbers, people = await self.site.parts.store.run(read)
        states = {each.adapter: each for each in self.site.parts.chats()}
        return self.page(
            request,
            visitor,
            "admin-platforms.html",
            names=[each.name for each in self._chats()],
            states=states,
            numbers=numbers,
            people=people,
            person=person or visitor.id,
            checked=checked,
            name=name,
            sent=sent,
        )

    def _chats(self) -> list[Adapter]:
        return [each for each in self.site.parts.adapters if each.name != WEB]

    async def send(self, request: Request) -> Response:
        """Send one person a test, by each of their chats in turn until one takes it; else it is in their web inbox."""
        visitor = await self.administrator(request)
        given = await self.site.posted(request, visitor)
        staff = await self._staff(str(given.get("person", "")))
        if why := refusal(staff, self.site.parts.pilot):
            return await self._platforms(request, visitor, sent=[why], person=staff.id)
        said, me = [], visitor.id
        for adapter in self._chats():
            tried = await trials.send_test(self.units, adapter, staff, SENT_BY_HAND, me)
            said.append(f"{adapter.name.capitalize()}: {tried.said}")
            if tried.left:
                break
        else:
            await self.units.run(
                lambda unit: trials.record_test(unit, staff, WEB, "", Sent(new_token()), SENT_BY_HAND, me)
            )
            said.append(f"It is in the web inbox of {staff.name}.")
        return await self._platforms(request, visitor, sent=said, person=staff.id)

    async def settings(self, request: Request) -> Response:
        """The settings as they are and where each comes from."""
        visitor = await self.administrator(request)
        return self.page(request, visitor, "admin-settings.html", rows=self.site.parts.shown_settings())

    async def settings_file(self, request: Request) -> Response:
        """The same as a file: as on the page, without what is secret."""
        visitor = await self.administrator(request)
        rows = [(each.name, each.value, each.source, each.what) for each in self.site.parts.shown_settings()]
        return await self.file(request, visitor, "settings", [Table("Settings", OF_SETTINGS, rows)])

    async def link(self, request: Request, person: str) -> Response:
        """How somebody gets a link to sign in."""
        visitor = await self.administrator(request)
        return self._link_page(request, visitor, await self._staff(person), "")

    async def give_link(self, request: Request, person: str) -> Response:
        """A link to sign in: sent to the person's own chat, or shown once to be passed on."""
        visitor = await self.administrator(request)
        given = await self.site.posted(request, visitor)
        staff, now = await self._staff(person), self.site.parts.clock.now()
        address = personal_url(self.site.parts.settings, staff.id, now)
        if str(given.get("step", "")) == "send":
            if why := refusal(staff, self.site.parts.pilot):
                return self.site.go(f"{HOME}/people/{staff.id}/link", visitor.session, Said(why))
            return await self._send_link(visitor, staff, address)
        await self._note_link(visitor, staff, "shown to an administrator")
        return self._link_page(request, visitor, staff, address)

    def _link_page(self, request: Request, visitor: Visitor, staff: Staff, address: str) -> Response:
        sendable = bool(self._chats())
        return self.page(request, visitor, "admin-link.html", staff=staff, address=address, sendable=sendable)

    async def _send_link(self, visitor: Visitor, staff: Staff, address: str) -> Response:
        expires = (self.site.parts.clock.now() + OPEN_WITHIN).isoformat()
        params = {"url": address, "expires": expires}
        said = []
        for adapter in self._chats():
            tried = await trials.send(
                self.units, adapter, staff, lambda unit: Drawing(unit).system(SIGN_IN, staff.id, params=params)
            )
            said.append(f"{adapter.name.capitalize()}: {tried.said}")
            if tried.left:
                await self._note_link(visitor, staff, f"sent in {adapter.name}")
                break
        sentence = " ".join(said) or "No chat is set, so it cannot be sent. Show the link and pass it on."
        return self.site.go(f"{HOME}/people/{staff.id}/link", visitor.session, Said(sentence))

    async def _note_link(self, visitor: Visitor, staff: Staff, why: str) -> None:
        me = visitor.id

        def note(unit: Unit) -> None:
            unit.event("link-made", actor=me, subject=("person", staff.id), why=why)

        await self.units.run(note)

    async def _staff(self, person: str) -> Staff:
        """Somebody who works here. Raises `NotFound`."""
        person_id = number(person)
        staff = await self.site.parts.store.run(lambda session: self.units.unit(session).directory.person(person_id))
        if staff is None:
            raise NotFound(NOBODY)
        return staff


async def _ask(adapter: Adapter) -> list[Finding]:
    """What a chat says when each of its checks is made; what cannot be asked is one of them."""
    findings: list[Finding] = []
    try:
        async with asyncio.timeout(PATIENCE):
            async for each in adapter.doctor():
                findings.append(each)
    except TimeoutError:
        findings.append(Finding("The rest", False, "It did not answer in half a minute. Try again later."))
    except Exception:
        log.exception("a chat could not be checked", action="chat-unchecked", adapter=adapter.name)
        findings.append(
            Finding("The rest", False, "It could not be checked. Tell whoever runs qabot: it is in the log.")
        )
    return findings
