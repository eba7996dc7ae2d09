"""One act about what others owe, for one line or many: what is needed, what will happen, and what happened.

Nothing happens before the second page is sent; the third says of each thing what became of it. All of it is plain
forms: what is ticked and chosen stands in the address.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter
from sqlmodel import Session
from starlette.datastructures import ImmutableMultiDict
from starlette.requests import Request
from starlette.responses import Response

from qabot.errors import BadRequest, NotFound
from qabot.framework.calendar import local_day
from qabot.messaging.form import Field, Form, Option, check
from qabot.models import Person
from qabot.web.answers import PICK_FROM, PREFIX, colleagues, values_of
from qabot.web.ports import Steered
from qabot.web.sessions import Said
from qabot.web.site import Site, Visitor, number
from qabot.workflows.verbs.easing import LONGEST
from qabot.workflows.verbs.steering import ACTS, EXTEND, HAND_OVER, WHY, Order, Outcome

PATH = "/act"
BACK = {"actions": "/actions", "today": "/programme/today", "team": "/my-team"}
"""Where each page is from which one comes here; a person's page is known by whom the order is of."""

LONGEST_AT = 1000
"""Letters of such a page's filters, to which one comes back."""
NONE_TICKED = "Tick at least one line first, and then choose what is to be done."


@dataclass(frozen=True, slots=True)
class _Asked:
    """What an address or a form asks for: the order, and as it stands there again. `at`: the filters one came from."""

    order: Order
    back: str
    at: str
    pairs: tuple[tuple[str, str], ...]

    @property
    def address(self) -> str:
        """Where one came from."""
        if self.order.of is not None:
            return f"/people/{self.order.of}"
        return f"{BACK.get(self.back, BACK['today'])}{'?' if self.at else ''}{self.at}"


class Steering:
    """Its three pages, at one address."""

    def __init__(self, site: Site, steered: Steered) -> None:
        self.site, self.steered = site, steered

    def router(self) -> APIRouter:
        """Its routes."""
        router = APIRouter()
        router.add_api_route(PATH, self.ask, methods=["GET"])
        router.add_api_route(PATH, self.do, methods=["POST"])
        return router

    async def ask(self, request: Request) -> Response:
        """What is needed, or if that is there what will happen."""
        visitor = await self.site.person(request)
        given_order = await self._asked(request.query_params)
        if (
            given_order.back in BACK
            and given_order.order.act
            and given_order.order.of is None
            and not given_order.order.tokens
        ):
            return self.site.go(given_order.address, visitor.session, Said(NONE_TICKED))
        form = self._form(given_order)
        values = await values_of(request.query_params, self.site.parts.desk)
        clean, errors = check(form, values) if "go" in request.query_params or not form.fields else ({}, {})
        if form.fields and (errors or not clean):
            return await self._needed(request, visitor, given_order, replace(form, values=values, errors=errors))
        order = _with(given_order.order, clean)
        outcomes = await self.site.parts.store.run(lambda session: self.steered.attempt(session, visitor.id, order))
        return self._page(
            request, visitor, given_order, outcomes, done=False, hidden=_hidden(given_order, request.query_params)
        )

    async def do(self, request: Request) -> Response:
        """Do it, and say of each thing what became of it."""
        visitor = await self.site.person(request)
        given = await self.site.posted(request, visitor)
        order = await self._asked(given)
        clean, errors = check(self._form(order), await values_of(given, self.site.parts.desk))
        if errors:
            raise BadRequest("Something is missing. Go back, and choose it again.")
        outcomes = await self.steered.carry_out(visitor.id, _with(order.order, clean))
        return self._page(request, visitor, order, outcomes, done=True)

    async def _asked(self, given: ImmutableMultiDict[str, Any]) -> _Asked:
        act, back, of, at = (str(given.get(name, "")) for name in ("do", "back", "of", "at"))
        # Read and written anew: what comes back is an address's filters, and nothing else.
        at = urlencode(parse_qsl(at[:LONGEST_AT])) if at.isprintable() else ""
        tokens = tuple(dict.fromkeys(str(each) for each in given.getlist("d") if each))
        order = Order(act if act in ACTS else "", tokens, number(of))
        pairs = (("do", act), ("back", back), ("at", at), ("of", of), *(("d", each) for each in tokens))
        return _Asked(order, back, at, tuple((name, text) for name, text in pairs if text))

    def _form(self, order: _Asked) -> Form:
        """What the act needs to know."""
        act, today = order.order.act, local_day(self.site.parts.clock.now())
        fields = []
        if act == HAND_OVER:
            fields.append(Field("to", "Who takes it on?", "person"))
        if act == EXTEND:
            first, last = today + timedelta(days=1), today + timedelta(days=LONGEST)
            fields.append(Field("day", "New date", "date", earliest=first, latest=last))
        if act in WHY:
            options = tuple(Option(key, words) for key, words in WHY[act].items())
            fields.append(Field("why", "Why?", "choice", options=options))
        return Form(name=act, title=ACTS.get(act, ""), fields=tuple(fields), submit="Continue")

    async def _needed(self, request: Request, visitor: Visitor, order: _Asked, form: Form) -> Response:
        named = await self.site.parts.store.run(lambda session: self.steered.named(session, visitor.id, order.order))
        people = await colleagues(form, self.site.parts.desk)
        context: dict[str, Any] = {"form": form, "people": people, "typed": len(people) > PICK_FROM}
        title = await self._title(visitor, order)
        return self.site.page(
            request,
            visitor,
            "act-form.html",
            status=422 if form.errors else 200,
            named=named,
            title=title,
            hidden=order.pairs,
            away=order.address,
            **context,
        )

    async def _title(self, visitor: Visitor, order: _Asked) -> str:
        act, of = ACTS.get(order.order.act, "Choose what is to be done"), order.order.of
        # Nobody else can act on everything of somebody, nor find out here who there is.
        if of is None or not visitor.manager:
            return act
        person = await self.site.parts.store.run(lambda session: _person(session, of))
        return f"{act}: everything of {person.name}"

    def _page(
        self,
        request: Request,
        visitor: Visitor,
        order: _Asked,
        outcomes: Sequence[Outcome],
        *,
        done: bool,
        hidden: Sequence[tuple[str, str]] = (),
    ) -> Response:
        change = [pair for pair in hidden if pair[0] != "go"]
        return self.site.page(
            request,
            visitor,
            "act.html",
            act=ACTS[order.order.act],
            outcomes=[each for each in outcomes if each.done],
            refused=[each for each in outcomes if not each.done],
            done=done,
            hidden=hidden,
            change=f"{PATH}?{urlencode(change)}" if self._form(order).fields else "",
            away=order.address,
        )


def _person(session: Session, person_id: int) -> Person:
    person = session.get(Person, person_id)
    if person is None:
        raise NotFound("There is no such person.")
    return person


def _with(order: Order, clean: dict[str, Any]) -> Order:
    return replace(order, to=clean.get("to"), day=clean.get("day"), why=clean.get("why") or "")


def _hidden(order: _Asked, given: ImmutableMultiDict[str, Any]) -> list[tuple[str, str]]:
    """What the form that does it sends along: the order, and what was answered."""
    answers = [(name, str(value)) for name, value in given.multi_items() if name.startswith(PREFIX)]
    return [*order.pairs, *answers]
