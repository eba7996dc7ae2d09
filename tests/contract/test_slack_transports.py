"""The two transports themselves: signatures and ages over HTTP, connections that come and go in Socket Mode."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest
from slack_bolt.async_app import AsyncApp
from structlog.testing import capture_logs

from qabot.adapter import Address, Sent
from qabot.errors import ChatAway, ChatRefused
from qabot.messaging.card import Card, Paragraph, text
from qabot_slack import create
from qabot_slack.api import Api
from qabot_slack.settings import read
from qabot_slack.socket import Pace, Sockets
from tests.support.slack import FakeSlack
from tests.support.slack.running import MANAGER, World, running
from tests.support.slack.service import MemoryService
from tests.support.waiting import turns

Council = World[MemoryService]
CARD = Card("A review is due", "A review is due in qabot.", blocks=(Paragraph(text("Audit QA-1")),))


@pytest.fixture
async def http() -> AsyncIterator[Council]:
    async with running("http") as world:
        yield world


@pytest.fixture
async def socket() -> AsyncIterator[Council]:
    async with running("socket") as world:
        yield world


async def test_the_sdk_has_nothing_to_warn_of_at_the_start(caplog: pytest.LogCaptureFixture) -> None:
    """Whoever starts a service reads its first lines: "token will be ignored" is no news to begin with."""
    async with running("socket"):
        assert [each.getMessage() for each in caplog.records if each.name.startswith("slack")] == []


@pytest.mark.parametrize("tamper", ["bad_signature", "unsigned", "stale"])
async def test_what_slack_did_not_sign_just_now_is_refused(http: Council, tamper: str) -> None:
    await http.send(MANAGER, http.service.add("t1", "QA-1"))
    delivery = await http.slack.click(MANAGER, "acknowledge", tamper=tamper)
    await http.settled()
    assert delivery.status == 401
    assert http.service.pressed == []


async def raw(http: Council, body: str, headers: dict[str, str]) -> int:
    async with (
        aiohttp.ClientSession() as session,
        session.post(http.slack.wire.request_url, data=body, headers=headers) as response,
    ):
        return response.status


@pytest.mark.parametrize(("seconds", "status"), [(-310, 401), (-200, 200), (200, 200), (310, 401)])
async def test_a_request_may_be_five_minutes_off(http: Council, seconds: int, status: int) -> None:
    body = '{"type": "url_verification", "challenge": "c"}'
    headers = http.slack.wire.sign(body, at=int(time.time()) + seconds)  # real time: signed
    assert await raw(http, body, {**headers, "Content-Type": "application/json"}) == status


async def test_a_body_changed_on_the_way_is_refused(http: Council) -> None:
    body = urlencode({"command": "/qa", "text": "mine", "user_id": MANAGER})
    headers = http.slack.wire.sign(body)
    assert await raw(http, body.replace("mine", "help"), headers) == 401


async def test_a_huge_body_is_not_read(http: Council) -> None:
    assert await raw(http, "x" * 2_100_000, {"X-Slack-Signature": "v0=0"}) == 413


async def test_only_post_is_answered(http: Council) -> None:
    async with aiohttp.ClientSession() as session, session.get(http.slack.wire.request_url) as response:
        assert response.status == 405


async def test_headers_that_change_what_bolt_runs_do_not_reach_it(http: Council) -> None:
    await http.send(MANAGER, http.service.add("t1", "QA-1"))
    body = urlencode(
        {
            "command": "/qa",
            "text": "mine",
            "user_id": MANAGER,
            "team_id": "T0COUNCIL",
            "trigger_id": "1",
            "channel_id": "C0QA",
            "response_url": http.slack.server.url + "/response/none",
        }
    )
    headers = http.slack.wire.sign(body) | {"Content-Type": "application/x-www-form-urlencoded"}
    assert await raw(http, body, headers | {"X-Slack-Bolt-Lazy-Only": "1"}) == 200
    await http.slack.until(lambda: http.service.commanded)


async def test_slack_checks_the_address(http: Council) -> None:
    body = '{"type": "url_verification", "challenge": "c0ffee"}'
    headers = http.slack.wire.sign(body) | {"Content-Type": "application/json"}
    async with (
        aiohttp.ClientSession() as session,
        session.post(http.slack.wire.request_url, data=body, headers=headers) as response,
    ):
        assert "c0ffee" in await response.text()


async def test_there_are_two_connections(socket: Council) -> None:
    assert len(socket.slack.server.sockets) == 2


async def test_presses_go_on_while_slack_replaces_a_connection(socket: Council) -> None:
    message = await socket.send(MANAGER, socket.service.add("t1", "QA-1"))
    replaced = socket.slack.server.sockets[0]
    await replaced.send_json({"type": "disconnect", "reason": "refresh_requested"})
    await socket.slack.until(lambda: len(socket.slack.server.sockets) == 1)
    await socket.slack.click(MANAGER, "acknowledge")
    await socket.slack.until(lambda: "acknowledged this" in message.words())


async def test_what_was_begun_on_a_replaced_connection_is_acknowledged(socket: Council) -> None:
    await socket.slack.slash(MANAGER, "nominate")
    await socket.slack.until(lambda: socket.slack.workspace.top(MANAGER))
    before = socket.service.asked
    socket.service.hold()
    sending = asyncio.ensure_future(socket.slack.submit(MANAGER, nominee="2", what="She listened."))
    await socket.slack.until(lambda: socket.service.asked > before)
    await socket.slack.disconnect()
    socket.service.release()
    assert (await sending).acked


async def test_a_connection_that_fails_is_tried_later_and_later() -> None:
    async with FakeSlack() as slack:
        api = Api(read(slack.environ))
        waits: list[float] = []

        async def sleep(seconds: float) -> None:
            waits.append(seconds)
            await asyncio.sleep(0)

        pace = Pace(first=10.0, longest=60.0, steady=600.0)
        sockets = Sockets(api, AsyncApp(name="none", token="xoxb-fake"), connections=1, pace=pace, sleep=sleep)
        sockets.start()
        await slack.until(lambda: len(slack.server.sockets) == 1)
        slack.fail("apps.connections.open", "error", times=1000, error="internal_error")
        await slack.disconnect()
        await slack.until(lambda: len(slack.calls("apps.connections.open")) >= 6)
        await sockets.stop()
        assert waits[:5] == [10.0, 20.0, 40.0, 60.0, 60.0]
        await api.close()


async def no_sleep(seconds: float) -> None:
    """Only a turn for the others."""
    await asyncio.sleep(0)


async def test_a_connection_comes_back_when_slack_does() -> None:
    async with FakeSlack() as slack:
        api = Api(read(slack.environ))
        sockets = Sockets(api, AsyncApp(name="none", token="xoxb-fake"), connections=1, sleep=no_sleep)
        sockets.start()
        await slack.until(lambda: len(slack.server.sockets) == 1)
        slack.fail("apps.connections.open", "reset_before", times=2)
        await slack.disconnect()
        await slack.until(lambda: len(slack.calls("apps.connections.open")) == 4 and slack.server.sockets)
        await sockets.stop()
        await api.close()


async def test_being_asked_to_wait_is_obeyed() -> None:
    async with FakeSlack() as slack:
        slack.server.enforce_rates = True
        adapter = create(MemoryService(), slack.environ)
        await adapter.start()
        await slack.until(lambda: len(slack.calls("apps.connections.open")) == 2)
        await turns()
        assert [call.status for call in slack.calls("apps.connections.open")] == [200, 429]
        assert len(slack.server.sockets) == 1
        await adapter.stop()


@pytest.mark.parametrize(
    ("setting", "value", "error", "advice"),
    [
        ("QABOT_SLACK_BOT_TOKEN", "xoxb-wrong", ChatRefused, "install the app again"),
        ("QABOT_SLACK_API_URL", "http://127.0.0.1:1/api/", ChatAway, "could not be reached"),
    ],
)
async def test_a_wrong_setting_says_at_the_start_what_to_do(
    setting: str, value: str, error: type[Exception], advice: str
) -> None:
    async with FakeSlack() as slack:
        adapter = create(MemoryService(), {**slack.environ, setting: value})
        with pytest.raises(error, match=advice):
            await adapter.start()
        await adapter.stop()
        assert not slack.calls("apps.connections.open")


@pytest.mark.parametrize("kind", ["503", "429", "html", "reset_before"])
async def test_slack_that_is_away_at_the_start_is_away_and_lets_us_in_later(kind: str) -> None:
    async with FakeSlack() as slack:
        adapter = create(MemoryService(), slack.environ)
        slack.fail("auth.test", kind, retry_after=77)
        with pytest.raises(ChatAway) as raised:
            await adapter.start()
        assert raised.value.seconds == (77.0 if kind == "429" else None)
        await adapter.start()
        await slack.until(lambda: len(slack.server.sockets) == 2)
        await adapter.stop()


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ({"kind": "429", "retry_after": 60}, "ratelimited"),
        ({"kind": "error", "error": "invalid_auth"}, "connections:write"),
        ({"kind": "as_is", "body": b'{"ok": true}', "headers": {"Content-Type": "application/json"}}, "web sockets"),
        ({"kind": "reset_before"}, "Slack gave no answer"),
    ],
)
async def test_socket_mode_that_does_not_open_stops_no_sending_and_is_said(fault: dict[str, Any], says: str) -> None:
    async with FakeSlack() as slack:
        adapter = create(MemoryService(), slack.environ)
        slack.workspace.add_user("U0MANAGER", "priya shah", "priya@council.example")
        slack.fail("apps.connections.open", times=2, **fault)
        await adapter.start()
        await slack.until(lambda: adapter.trouble())
        assert says in adapter.trouble()
        assert isinstance(await adapter.send(Address(1, "U0MANAGER"), CARD), Sent)
        await turns()
        assert len(slack.calls("apps.connections.open")) == 2, "it is allowed once a minute"
        await adapter.stop()


ODD_FRAMES = (
    "",
    "{",
    "null",
    "[]",
    '"text"',
    "[" * 10_000,
    '{"envelope_id": "1"}',
    '{"envelope_id": "1", "payload": []}',
    '{"envelope_id": [], "payload": {"type": {}}}',
    '{"type": "disconnected", "envelope_id": null, "payload": null}',
    '{"envelope_id": "1", "payload": {"type": "block_actions", "user": "U1", "actions": [7]}}',
    '{"envelope_id": "1", "payload": {"type": "event_callback", "event_id": "1", "event": {"type": []}}}',
)


async def test_odd_frames_are_a_line_of_the_log_each_and_end_no_connection(socket: Council) -> None:
    message = await socket.send(MANAGER, socket.service.add("t1", "QA-1"))
    before = list(socket.slack.server.sockets)
    with capture_logs() as lines:
        for each in before:
            for frame in ODD_FRAMES:
                await each.send_str(frame)
        await socket.slack.until(lambda: len(lines) >= len(before) * len(ODD_FRAMES))
    assert [line["action"] for line in lines] == ["slack-request-refused"] * len(before) * len(ODD_FRAMES)
    await socket.slack.click(MANAGER, "acknowledge")
    await socket.slack.until(lambda: "acknowledged this" in message.words())
    assert socket.slack.server.sockets == before
