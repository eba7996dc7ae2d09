"""Whatever is sent to Teams' address: 401 or 400 and one line of the log, or done; never an error of ours."""

import asyncio
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from qabot_teams.words import LONGEST, parse
from tests.support.teams.connector import Person
from tests.support.teams.world import World, world

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=10,
)
PARTS = (
    "type",
    "id",
    "name",
    "text",
    "from",
    "recipient",
    "conversation",
    "channelData",
    "value",
    "replyToId",
    "action",
    "membersAdded",
    "entities",
    "attachments",
    "timestamp",
    "locale",
)
KINDS = ("message", "invoke", "installationUpdate", "conversationUpdate", "typing")
NAMES = (
    "adaptiveCard/action",
    "task/fetch",
    "task/submit",
    "composeExtension/fetchTask",
    "composeExtension/submitAction",
)
VALUES = st.fixed_dictionaries(
    {},
    optional={
        "action": JSON
        | st.fixed_dictionaries({"data": JSON | st.fixed_dictionaries({"form": JSON, "person:a": JSON})}),
        "data": JSON | st.fixed_dictionaries({"form": JSON, "message": JSON, "token": JSON}),
        "form": JSON,
        "messagePayload": JSON,
    },
)


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="module")
def teams(loop: asyncio.Runner) -> Iterator[World]:
    opened = world()
    yield loop.run(opened.__aenter__())
    loop.run(opened.__aexit__(None, None, None))


@pytest.fixture(scope="module")
def person(teams: World, loop: asyncio.Runner) -> Person:
    found = teams.connector.add("Priya Raman")
    loop.run(teams.clients.install(found))
    return found


def answered(loop: asyncio.Runner, teams: World, body: bytes, headers: dict[str, str]) -> tuple[int, list[Any]]:
    async def post() -> int:
        response = await teams.clients.http.post("/", content=body, headers=headers)
        await teams.clients.settled()
        return response.status_code

    with capture_logs() as lines:
        status = loop.run(post())
    assert not [line for line in lines if "exc_info" in line], lines
    return status, [line for line in lines if line["action"] in ("teams-request-unauthorised", "teams-request-refused")]


BODIES = (
    b"",
    b"{",
    b"null",
    b"[]",
    b'"text"',
    b"1e400",
    b"[" * 10_000,
    b'{"a":' * 10_000,
    b"\xff\xfe",
    b"a=1&" * 5000,
    b"\x1f\x8b\x08\x00" + b"\x00" * 100,
    b"{}",
    b'{"serviceUrl": ["x"]}',
    b'{"channelData": []}',
    b'{"from": 7}',
)


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("header", ["", "Bearer", "Bearer a.b.c", "Bearer " + "a" * 5000, "Basic a", "good"])
def test_what_is_no_activity_is_turned_down(
    loop: asyncio.Runner, teams: World, person: Person, body: bytes, header: str
) -> None:
    header = f"Bearer {teams.connector.issuer.token(teams.connector.url)}" if header == "good" else header
    status, lines = answered(loop, teams, body, {"Authorization": header})
    assert status in (400, 401)
    assert len(lines) == 1


@given(changed=st.dictionaries(st.sampled_from(PARTS), JSON, min_size=1, max_size=5))
@example({"text": ["mine"]})
@example({"id": {"a": 1}, "name": []})
@example({"conversation": {"id": 7}})
@example({"conversation": {"id": ""}})
@example({"from": {"id": ["29:x"], "aadObjectId": {}}})
@example({"value": {"form": [], "person:a": {}}})
def test_odd_parts_of_a_signed_activity_are_no_error(
    loop: asyncio.Runner, teams: World, person: Person, changed: dict[str, Any]
) -> None:
    check(loop, teams, person, changed)


@given(kind=st.sampled_from(KINDS), name=st.sampled_from(NAMES), value=VALUES)
@example("message", "", {"form": "nominate", "person:nominee": "9" * 5000})
def test_odd_presses_and_forms_are_no_error(
    loop: asyncio.Runner, teams: World, person: Person, kind: str, name: str, value: dict[str, Any]
) -> None:
    check(loop, teams, person, {"type": kind, "name": name, "value": value})


def check(loop: asyncio.Runner, teams: World, person: Person, changed: dict[str, Any]) -> None:
    body = orjson.dumps(teams.clients.activity(person, **changed))
    token = teams.connector.issuer.token(teams.connector.url)
    status, lines = answered(loop, teams, body, {"Authorization": f"Bearer {token}"})
    assert status in (200, 400, 401, 501)
    assert len(lines) == (1 if status in (400, 401) else 0)


HUGE = ("<at>", "<", "<at", "<at></at", "&#", "&#9", "&lt;", "<a><", "a", " ", "\n", "/", "?")


@pytest.mark.parametrize("piece", HUGE)
def test_a_message_is_read_as_far_as_a_word_can_reach(piece: str) -> None:
    # As much of it as is read has its steps bounded, whatever it is; the rest changes nothing.
    huge = "mine " + piece * (1_000_000 // len(piece))
    assert parse(huge) == parse(huge[:LONGEST])
    assert parse(huge)[0] == "mine"


def test_what_is_never_closed_is_text() -> None:
    assert parse("<at>somebody help") == ("somebody", "help")
    assert parse("2 < 3") == ("2", "< 3")
