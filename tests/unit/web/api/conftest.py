"""A service with an API, and programs with tokens that call it."""

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import httpx
import pytest

from qabot.models import Person, Store
from qabot.web.app import create_app
from qabot.web.ports import Parts
from qabot.workflows.access import tokens
from tests.unit.web.world import QUINN


class Program(httpx.AsyncClient):
    """A program that calls with a token."""

    async def ask(self, path: str, **query: Any) -> Any:
        """What stands at an address, which must be there."""
        found = await self.get(path, params=query)
        assert found.status_code == 200, found.text
        return found.json()


NewProgram = Callable[..., Program]


@pytest.fixture
async def new_program(parts: Parts, store: Store) -> AsyncIterator[NewProgram]:
    """Makes a program of a name, with a token of these scopes."""
    made: list[Program] = []
    app = create_app(parts)
    with store.transaction() as session:
        session.get_one(Person, QUINN).administrator = True

    def make(*scopes: str, name: str = "power-bi", days: int = 30) -> Program:
        assert parts.units is not None
        with store.transaction() as session:
            text = tokens.new(parts.units.unit(session), name, scopes, days, person_id=QUINN)
        headers = {"authorization": f"Bearer {text}"}
        base = f"{parts.settings.base_url}/api/v1"
        made.append(Program(transport=httpx.ASGITransport(app), base_url=base, headers=headers))
        return made[-1]

    yield make
    for each in made:
        await each.aclose()


def wrong(found: httpx.Response, status: int) -> dict[str, Any]:
    """A problem of this status, whole."""
    assert found.status_code == status, found.text
    assert found.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = found.json()
    assert problem["status"] == status
    assert all(problem[each] for each in ("type", "title", "detail", "advice"))
    return problem


def places(problem: dict[str, Any]) -> Sequence[str]:
    """Where it says that something is wrong."""
    return [each["where"] for each in problem["errors"]]
