"""The small council with Teams in front, in anonymous mode on loopback.

Mina Sharpe, who sits before the client, manages a service, does a review and takes part in another. The steps make
things happen with POST /do/NAME, and show any message with POST /messages/NAME.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import uvicorn
from ruamel.yaml import YAML
from sqlmodel import select
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from qabot.adapter import Sent
from qabot.messaging.samples import sample_buttons, show
from qabot.models import Audit, SurveyRound
from qabot.wiring import button_labels
from qabot.workflows.programme.survey_news import tell_results
from qabot.workflows.registrations import new_registry
from qabot_teams import Teams, create
from tests.support.much_work import much_work
from tests.support.published import STATEMENTS, publish, random_sheets
from tests.support.teams.council import TeamsWorld
from tests.support.world import tools

FORM = Path(__file__).parents[2] / "frameworks/forms/supervision-evaluation.yaml"
WORDS: list[str] = YAML(typ="safe").load(FORM)["sections"][0]["ask"]
ACCOUNT = "33333333-3333-4333-8333-333333333330"


class Stage:
    """What can be made to happen."""

    def __init__(self, world: TeamsWorld, adapter: Teams) -> None:
        self.world, self.adapter = world, adapter
        names = ("welcome", "alert", "review", "actions", "much", "results")
        self.doing: dict[str, Callable[[], Awaitable[None]]] = {name: getattr(self, name) for name in names}

    async def welcome(self) -> None:
        """Mina has just been linked."""
        self.world.change("mina", welcomed_at=None)
        await self.world.nodes[0].desk.arrived(self.world.ids["mina"])
        await self.world.tick()

    async def alert(self) -> None:
        """A review in Mina's service is graded RED."""
        await self.world.submit(await self.world.audit("cyrus", team="stratford"), "red")
        await self.world.tick()

    async def review(self) -> None:
        """Mina has a review to do."""
        await self.world.audit("mina", team="east")
        await self.world.forward("1 working day")

    async def much(self) -> None:
        """Mina has two hundred reviews to do, of which nothing is told."""
        await much_work(self.world, "mina", 200)

    async def actions(self) -> None:
        """The actions of a review in which Mina took part are asked about."""
        audit = await self.world.audit("cyrus", team="stratford")
        number, mina = audit.id, self.world.ids["mina"]
        await self.world.run(lambda unit: setattr(unit.session.get_one(Audit, number), "practitioner_id", mina))
        await self.world.submit(audit, "green")
        await self.world.forward("22 days")

    async def results(self) -> None:
        """A survey of fifteen statements that Mina reads has closed."""
        asked = [replace(STATEMENTS[0], name=f"statement-{each}", label=words) for each, words in enumerate(WORDS)]
        sheets = random_sheets(Random(1), {"Safeguarding": 60, "Children in Care": 40, "Fostering": 3}, asked)
        with self.world.nodes[0].store.transaction() as session:
            token = publish(session, sheets, date(2026, 10, 1), reads=("service-manager",))
            survey = session.exec(select(SurveyRound).where(SurveyRound.token == token)).one()
            tell_results(self.world.nodes[0].desk.unit(session), survey)
        await self.world.forward("2 working days")

    async def show(self, name: str, variant: str) -> object:
        """Any message, with its sample data."""
        address = await self.world.nodes[0].desk.conversation("teams", ACCOUNT)
        assert address is not None
        buttons = sample_buttons(button_labels(new_registry()))
        return await self.adapter.send(address, show(tools().catalogue, name, buttons, variant=variant))


def build(folder: Path) -> Starlette:
    """The app."""
    stages: list[Stage] = []

    async def do(request: Request) -> JSONResponse:
        await stages[0].doing[request.path_params["name"]]()
        return JSONResponse({})

    async def message(request: Request) -> JSONResponse:
        outcome = await stages[0].show(request.path_params["name"], request.path_params["variant"])
        return JSONResponse({"outcome": repr(outcome)}, 200 if isinstance(outcome, Sent) else 502)

    @asynccontextmanager
    async def running(app: Starlette) -> AsyncIterator[None]:
        world = await TeamsWorld.start(folder, inline=False)
        assert isinstance(world, TeamsWorld)
        node = world.nodes[0]
        adapter = create(node.desk, {"QABOT_TEAMS_AUTH": "anonymous"})
        assert isinstance(adapter, Teams)
        await adapter.start()
        world.adapter = adapter
        node.engine.outlets = world._outlets()
        stages.append(Stage(world, adapter))
        found = adapter.app()
        assert found is not None
        app.router.routes.append(Route(*found))
        yield
        await adapter.stop()
        world.close()

    routes = [Route("/do/{name}", do, methods=["POST"]), Route("/messages/{name}/{variant}", message, methods=["POST"])]
    return Starlette(routes=routes, lifespan=running)


def serve(port: str) -> None:
    """Serve it until the process is asked to end."""
    with TemporaryDirectory() as where:
        uvicorn.run(build(Path(where)), host="127.0.0.1", port=int(port), log_level="warning")
