"""Webhooks: called of what happens in its own transaction, signed, tried until taken, and led nowhere inside."""

import base64
import hashlib
import hmac
import json
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
import trustme
from aiohttp import web

from qabot.adapter import ShowCard
from qabot.adapter_kit.network import Network
from qabot.errors import BadRequest, NotFound
from qabot.models import CallState, Deadline, Webhook, WebhookCall
from qabot.scheduler.calls import AFTER, LEASE, Calls, Inside, Outside
from qabot.workflows.access import webhooks
from qabot.workflows.core.calling import followed
from tests.support.world import World

KEYS = ("the newest of the service's keys, long enough", "an older one of the service's keys, long enough")
EVENTS = ("alert.raised", "alert.acknowledged", "audit.final", "action.done")


@dataclass
class Receiver:
    """Another program of the council: what it was sent, and what it answers."""

    port: int = 0
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    status: int = 204
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context)

    async def take(self, request: web.Request) -> web.Response:
        self.got.append(({name.lower(): value for name, value in request.headers.items()}, await request.read()))
        return web.Response(status=self.status, headers={"location": "/elsewhere"})

    def said(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.got]

    def calls(self, world: World, *, private: bool = True, keys: tuple[str, ...] = KEYS) -> Calls:
        return Calls(world.nodes[0].desk, keys, private=private, network=Network(tls=self.tls))


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    made, authority = Receiver(), trustme.CA()
    authority.configure_trust(made.tls)
    theirs = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(theirs)
    app = web.Application()
    app.router.add_post("/{any:.*}", made.take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=theirs)
    await site.start()
    made.port = runner.addresses[0][1]
    yield made
    await runner.cleanup()


@pytest.fixture
async def world() -> AsyncIterator[World]:
    made = await World.start()
    made.change("quinn", administrator=True)
    yield made
    made.close()


async def hook(world: World, url: str, *tells: str, name: str = "case-system", private: bool = True) -> Webhook:
    person = world.ids["quinn"]
    return await world.run(lambda unit: webhooks.new(unit, name, url, EVENTS, tells, person_id=person, private=private))


def is_signed(headers: dict[str, str], body: bytes, secret: str) -> bool:
    """As a receiver checks it, by the words of the standard."""
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = hmac.new(base64.b64decode(secret.removeprefix("whsec_")), content, hashlib.sha256).digest()
    signatures = [each.split(",", 1) for each in headers["webhook-signature"].split(" ")]
    return any(hmac.compare_digest(base64.b64decode(each), expected) for kind, each in signatures if kind == "v1")


async def test_an_acknowledgement_that_is_taken_back_is_called_too(world: World, receiver: Receiver) -> None:
    """Or the other program would go on believing that somebody has the alert."""
    url, person = f"https://127.0.0.1:{receiver.port}/hooks", world.ids["quinn"]
    events = ("alert.acknowledged", "alert.waits-again")
    await world.run(lambda unit: webhooks.new(unit, "case-system", url, events, (), person_id=person, private=True))
    calls = receiver.calls(world)
    audit = await world.graded("red")
    reply = await world.acknowledge("mina", audit)
    assert isinstance(reply, ShowCard)
    await world.press_token("mina", reply.buttons[0].action, reply.buttons[0].token)
    while await calls.look():
        pass
    assert [each["type"] for each in receiver.said()] == list(events)
    assert {each["data"]["audit"] for each in receiver.said()} == {audit.reference}


async def test_each_event_is_called_with_references_alone_and_signed(world: World, receiver: Receiver) -> None:
    row = await hook(world, f"https://127.0.0.1:{receiver.port}/hooks")
    calls = receiver.calls(world)
    audit = await world.graded("red")
    await world.acknowledge("mina", audit)
    other = await world.graded("green", "dinah")
    await world.forward("10 days")
    action = next(
        each for each in world.all(Deadline) if each.kind in followed(world.framework) and each.state == "open"
    )
    await world.press_token(world.name(action.owner_id), "answer", action.token)
    while await calls.look():
        pass
    said = receiver.said()
    assert {each["type"] for each in said} == set(EVENTS)
    assert {each["data"]["audit"] for each in said} == {audit.reference, other.reference}
    text = json.dumps(said)
    assert all(word not in text for word in ("red", "green", "Marcus", "@council.example", "grade"))
    secret = webhooks.secrets_of(row, KEYS)[0]
    for headers, body in receiver.got:
        assert is_signed(headers, body, secret)
        # Whoever still has the secret of the older key is not shut out by a new one.
        assert is_signed(headers, body, webhooks.secrets_of(row, KEYS[1:])[0])
        assert not is_signed(headers, body + b" ", secret)
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == len(receiver.got)
    assert {each.state for each in world.all(WebhookCall)} == {CallState.made}


async def test_grades_and_people_are_told_where_that_is_allowed(world: World, receiver: Receiver) -> None:
    await hook(world, f"https://127.0.0.1:{receiver.port}/", "grades", "people")
    await world.graded("red")
    await receiver.calls(world).look()
    raised = next(each for each in receiver.said() if each["type"] == "alert.raised")
    assert (raised["data"]["grade"], raised["data"]["owner"]) == ("red", "cyrus@council.example")


async def test_what_is_not_taken_is_tried_again_longer_and_longer_apart(world: World, receiver: Receiver) -> None:
    await hook(world, f"https://127.0.0.1:{receiver.port}/")
    calls, receiver.status = receiver.calls(world), 503
    await world.graded("red")
    tries = 0
    for after in (timedelta(0), *AFTER):
        world.clock.set(world.clock.now() + after)
        tries += await calls.look()
        assert await calls.look() == 0
    [call] = [each for each in world.all(WebhookCall) if each.event == "alert.raised"]
    assert (call.state, call.why) == (CallState.failed, "it answered 503")
    assert tries == len(receiver.got)
    ids = {headers["webhook-id"] for headers, body in receiver.got if b"alert.raised" in body}
    assert ids == {call.uid}
    assert call.attempt == len(AFTER) + 1
    assert [each.detail["webhook"] for each in world.events("webhook-failed")]


async def test_a_process_that_dies_in_a_call_is_taken_over_and_nobody_calls_twice_meanwhile(
    world: World, receiver: Receiver
) -> None:
    await hook(world, f"https://127.0.0.1:{receiver.port}/")
    await world.graded("red")
    dying, other = receiver.calls(world), receiver.calls(world)
    taken = await world.run(dying._take)
    assert taken
    assert await other.look() == 0
    world.clock.set(world.clock.now() + LEASE)
    assert await other.look() == len(taken)


async def test_a_receiver_that_is_gone_or_sends_us_elsewhere(world: World, receiver: Receiver) -> None:
    await hook(world, f"https://127.0.0.1:{receiver.port}/")
    calls, receiver.status = receiver.calls(world), 307
    assert (await calls.test("case-system")).why == "it answered 307"
    assert len(receiver.got) == 1
    assert receiver.said()[0]["type"] == "test"
    receiver.status = 410
    await calls.test("case-system")
    [row] = world.all(Webhook)
    assert row.ended_why == "it answered 410"
    with pytest.raises(NotFound):
        await calls.test("case-system")
    await world.graded("red")
    assert [each for each in world.all(WebhookCall) if each.event != "test"] == []


@pytest.mark.parametrize(
    "url",
    [
        "http://case-system.council.example/",
        "https://user:pass@case-system.council.example/",
        "https://127.0.0.1/",
        "https://localhost/",
        "https://10.1.2.3/",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://[fe80::1]/",
        "https://100.64.0.1/",
        "ftp://case-system.council.example/",
        "https://",
        "https://case-system.council.example:x/",
    ],
)
async def test_no_webhook_leads_inside_or_goes_unencrypted(world: World, url: str) -> None:
    with pytest.raises(BadRequest):
        await hook(world, url, private=False)
    assert world.all(Webhook) == []


async def test_a_name_that_leads_inside_is_refused_as_it_is_connected_to(world: World, receiver: Receiver) -> None:
    await hook(world, f"https://localhost:{receiver.port}/")
    inside, outside = receiver.calls(world), receiver.calls(world, private=False)
    assert (await inside.test("case-system")).taken
    assert "inside the council's own network" in (await outside.test("case-system")).why
    # What its name says is not believed either: what it leads to is looked at as it is connected to.
    async with outside._session() as session:
        with pytest.raises(aiohttp.ClientConnectorError) as refused:
            await session.post(f"https://localhost:{receiver.port}/")
    assert isinstance(refused.value.os_error, Inside)
    assert len(receiver.got) == 1
    with pytest.raises(Inside):
        await Outside().resolve("localhost", 443)
