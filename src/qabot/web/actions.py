"""The tracker of actions on a page and as a file: by team, service, owner, source and age, with the filters in the
address."""

from collections.abc import Iterable, Mapping
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from qabot.framework.calendar import local_day
from qabot.web.paged import PAGE, Paged
from qabot.web.ports import ActionsOf
from qabot.web.programme import page_of
from qabot.web.site import Site, Visitor, number
from qabot.web.table_files import Cell, Table, add_files, download, ending_of
from qabot.workflows.programme.tracker import DONE, STATES, Filter, Tracked
from qabot.workflows.verbs.steering import ACTS

PATH = "/actions"
AGES = ((14, "Two weeks or more"), (28, "Four weeks or more"), (91, "Three months or more"))
HEADINGS = ("Action", "About", "Source", "Owner", "Team", "Service", "Since", "Days", "By", "State")


class Actions:
    """Its page and its file."""

    def __init__(self, site: Site, actions: ActionsOf) -> None:
        self.site = site
        self.actions = actions

    def router(self) -> APIRouter:
        """Its routes."""
        router = APIRouter()
        router.add_api_route(PATH, self.show, methods=["GET"])
        add_files(router, PATH, self.export)
        return router

    async def show(self, request: Request) -> Response:
        """The actions that this person may see, a page at a time."""
        visitor = await self.site.person(request)
        given = dict(request.query_params)
        filters = _filter(given)
        every = await self._read(visitor, filters)
        matches = [each for each in every if filters.fits(each)]
        at = page_of(given)
        rows = matches[(at - 1) * PAGE : at * PAGE]
        tokens, make = [each.token for each in rows], self.site.parts.action_buttons
        buttons = await self.site.parts.store.run(lambda session: make(session, visitor.id, tokens))
        given.pop("page", None)
        return self.site.page(
            request,
            visitor,
            "actions.html",
            paged=Paged(rows, at, len(matches)),
            buttons=buttons,
            choices={name: _choices(getattr(each, name) for each in every) for name in _NAMED},
            states=list(STATES.items()),
            state_words=STATES,
            done=DONE,
            # Whoever runs the programme acts on one line or many; nobody else is offered what would be refused.
            acts_offered=list(ACTS.items()) if visitor.manager else [],
            ages=[(str(days), words) for days, words in AGES],
            given=given,
            query=urlencode(given),
            at=str(request.query_params),
            link_to=lambda page: f"?{urlencode(given | {'page': page})}",
        )

    async def export(self, request: Request) -> Response:
        """The same as a file, without pages; that it was taken is in the log."""
        visitor = await self.site.person(request)
        filters = _filter(request.query_params)
        rows = [_cells(each) for each in await self._read(visitor, filters) if filters.fits(each)]
        await self.site.record("actions-exported", visitor.id)
        name = f"qabot-actions-{local_day(self.site.parts.clock.now()).isoformat()}"
        return download(name, ending_of(request), [Table("Actions", HEADINGS, rows)])

    async def _read(self, visitor: Visitor, filters: Filter) -> list[Tracked]:
        """Those that are done are read only if they are asked for: there are many more of them."""
        person, done = visitor.id, filters.state == DONE
        return await self.site.parts.store.run(lambda session: list(self.actions(session, person, with_done=done)))


_NAMED = ("team", "service", "owner", "source")


def _filter(given: Mapping[str, str]) -> Filter:
    team, service, owner, source, state = (given.get(each, "").strip()[:200] for each in (*_NAMED, "state"))
    days = number(given.get("age", "")) or 0
    return Filter(team, service, owner, source, state if state in STATES else "", days)


def _choices(names: Iterable[str]) -> list[tuple[str, str]]:
    return [(each, each) for each in sorted(set(names)) if each]


def _cells(each: Tracked) -> tuple[Cell, ...]:
    who = (each.owner, each.team, each.service)
    return each.title, each.reference, each.source, *who, each.since, each.days, each.due, STATES[each.state]
