"""The page on which a QA manager types a short survey, looks at it as each platform shows it, and sends it."""

from collections.abc import Iterator, Mapping, Sequence

from fastapi import APIRouter
from sqlmodel import Session
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from qabot.adapter import Part, Previews
from qabot.errors import BadRequest, NotAllowed, NotFound
from qabot.messaging.card import Bullets, Card, Facts, Heading, Note, Paragraph, Picture, Row, plain
from qabot.messaging.folding import plain_letters
from qabot.messaging.form import LOOK_ALIKE
from qabot.messaging.values import plural
from qabot.models.columns import new_token
from qabot.web.ports import PulsePages
from qabot.web.sessions import Said
from qabot.web.site import Site, Visitor, number
from qabot.web.typed_texts import what_it_is
from qabot.workflows.programme.pulses import MOST, Choices, Draft, Preview, Typed

PATH = "/surveys/new"
KINDS = {"scale": "A scale", "choice": "One of the answers below", "text": "Their own words"}
PROMISES = {
    "anonymous": "Anonymous: nobody can see what somebody said, nor whether they answered",
    "confidential": "Confidential: whoever reads the results can see who has answered, and nobody what they said",
}
PLATFORMS = {"web": "In the web inbox", "slack": "In Slack", "teams": "In Teams"}


class Pulses:
    """Its page."""

    def __init__(self, site: Site, pages: PulsePages) -> None:
        self.site = site
        self.pages = pages

    def router(self) -> APIRouter:
        """Its routes."""
        router = APIRouter(prefix=PATH)
        router.add_api_route("", self.show, methods=["GET"])
        router.add_api_route("", self.send, methods=["POST"])
        return router

    async def show(self, request: Request) -> Response:
        """The page with nothing on it."""
        visitor = await self.site.person(request)
        return await self._page(request, visitor, Draft("", (), number=new_token()), {}, "")

    async def send(self, request: Request) -> Response:
        """Look at it, or send it. What is wrong is said where it is, and what was typed stays."""
        visitor = await self.site.person(request)
        given = await self.site.posted(request, visitor)
        draft, wrong = read(given, (await self._choices(visitor)).people)
        errors = await self.site.parts.store.run(lambda session: self.pages.check(session, draft, visitor.id))
        if wrong:
            errors = {**errors, "people": wrong}
        names = str(given.get("people", ""))
        if errors or given.get("action") != "send":
            return await self._page(request, visitor, draft, errors, names, look=not errors)
        try:
            count = await self.site.parts.store.run(lambda session: self.pages.send(session, draft, visitor.id))
        except (NotAllowed, NotFound):
            raise
        except BadRequest as refused:
            return await self._page(request, visitor, draft, {"whom": str(refused)}, names)
        said = f"It goes to {plural(count, 'person', 'people')} with their next daily message."
        return self.site.go("/surveys", visitor.session, Said(said))

    async def _choices(self, visitor: Visitor) -> Choices:
        return await self.site.parts.store.run(lambda session: self.pages.choices(session, visitor.id))

    async def _page(
        self,
        request: Request,
        visitor: Visitor,
        draft: Draft,
        errors: Mapping[str, str],
        names: str,
        *,
        look: bool = False,
    ) -> Response:
        def preview(session: Session) -> Preview | None:
            return self.pages.preview(session, draft, visitor.id) if look else None

        seen = await self.site.parts.store.run(preview)
        return self.site.page(
            request,
            visitor,
            "pulse.html",
            status=422 if errors else 200,
            draft=draft,
            errors=errors,
            what_it_is=what_it_is(_typed(draft), draft.excuse),
            names=names,
            choices=await self._choices(visitor),
            kinds=KINDS,
            promises=PROMISES,
            most=MOST,
            seen=seen,
            shown=list(self._shown(seen.card)) if seen is not None else [],
        )

    def _shown(self, card: Card) -> Iterator[tuple[str, str, Sequence[Part]]]:
        """The platform's name, what stands above it, and the card as it shows it: of those that are in use."""
        yield "web", PLATFORMS["web"], outline(card)
        for adapter in self.site.parts.adapters:
            if isinstance(adapter, Previews):
                yield adapter.name, PLATFORMS.get(adapter.name, adapter.name), adapter.preview(card)


def outline(card: Card) -> list[Part]:
    """A card as the web inbox shows it."""
    parts = [Part("heading", card.title)]
    for block in card.blocks:
        match block:
            case Heading(text):
                parts.append(Part("heading", text))
            case Paragraph(text):
                parts.append(Part("text", plain(text)))
            case Picture(title, alt):
                parts.append(Part("text", f"{title}: {alt}"))
            case Note(text):
                parts.append(Part("note", plain(text)))
            case Facts(pairs):
                parts += [Part("text", f"{label}: {plain(value)}") for label, value in pairs]
            case Bullets(items):
                parts += [Part("text", plain(item)) for item in items]
            case Row(text, buttons):
                parts += [Part("text", plain(text))] if text else []
                parts += [Part("button", each.label) for each in buttons]
    return parts + [Part("button", each.label) for each in card.buttons]


def read(given: FormData, people: Mapping[int, str]) -> tuple[Draft, str]:
    """What was typed, and what is wrong with the names ("" if nothing): of nobody, or of more than one person.

    `people` are all names by id, each told apart from the others: of two of one name neither has the bare name.
    """
    as_written: dict[str, list[int]] = {}
    ids: dict[str, list[int]] = {}
    for key, name in people.items():
        as_written.setdefault(name.casefold(), []).append(key)
        ids.setdefault(plain_letters(name), []).append(key)
    lines = [line.strip() for line in str(given.get("people", "")).splitlines() if line.strip()]
    meant = [
        (line[:80], as_written.get(line.casefold()) or ids.get(plain_letters(line)) or _of_one_name(line, people))
        for line in lines
    ]
    draft = Draft(
        title=_text(given, "title"),
        questions=tuple(_questions(given)),
        promise="confidential" if given.get("promise") == "confidential" else "anonymous",
        days=number(str(given.get("days", ""))) or 0,
        roles=tuple(str(each) for each in given.getlist("role")),
        teams=tuple(number(str(each)) or 0 for each in given.getlist("team")),
        people=tuple(people_meant[0] for _, people_meant in meant if len(people_meant) == 1),
        number=_text(given, "number")[:40],
        excuse=_text(given, LOOK_ALIKE),
    )
    unknown = [line for line, people_meant in meant if not people_meant]
    shared = [people[each] for _, people_meant in meant if len(people_meant) > 1 for each in people_meant]
    if unknown:
        return draft, f"There is nobody of this name: {', '.join(unknown[:5])}. Write names as on lists."
    if shared:
        return draft, f"More than one person has this name. Write which: {', '.join(shared[:5])}."
    return draft, ""


def _of_one_name(line: str, people: Mapping[int, str]) -> list[int]:
    begin = f"{plain_letters(line)} ("
    return [key for key, name in people.items() if plain_letters(name).startswith(begin)]


def _questions(given: FormData) -> Iterator[Typed]:
    """Those that something is written in: a question left empty is none."""
    for at in range(1, MOST + 1):
        label = _text(given, f"label-{at}")
        choices = tuple(line.strip() for line in str(given.get(f"choices-{at}", "")).splitlines() if line.strip())
        kind = str(given.get(f"kind-{at}", "scale"))
        if label or choices:
            yield Typed(label, kind if kind in KINDS else "scale", _text(given, f"scale-{at}"), choices)  # type: ignore[arg-type]


def _typed(draft: Draft) -> Iterator[str]:
    """All that was typed."""
    yield draft.title
    for each in draft.questions:
        yield from (each.label, *each.choices)


def _text(given: FormData, name: str) -> str:
    return " ".join(str(given.get(name, "")).split())
