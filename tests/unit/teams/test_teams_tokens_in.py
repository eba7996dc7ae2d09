"""Who may call: every kind of bad token is 401 and not handled."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest

from qabot_teams import tokens_in
from tests.support.teams.connector import Person
from tests.support.teams.issuer import Issuer, new_key
from tests.support.teams.world import World, world
from tests.support.waiting import turns

Make = Callable[[Issuer, str], str]


def _signed(issuer: Issuer, url: str, key: Any, algorithm: str, kid: str | None) -> str:
    headers = {"kid": kid} if kid else {}
    return "Bearer " + jwt.encode(issuer.claims(url), key, algorithm, headers=headers)


def _changed(**changes: Any) -> Make:
    return lambda issuer, url: "Bearer " + issuer.token(url, **changes)


def _tampered(issuer: Issuer, url: str) -> str:
    head, _, signature = issuer.token(url).split(".")
    other = issuer.token(url, sub="somebody else").split(".")[1]
    return f"Bearer {head}.{other}.{signature}"


NOW = int(time.time())  # real time: signed
BAD: dict[str, Make] = {
    "no header": lambda issuer, url: "",
    "another scheme": lambda issuer, url: "Basic " + issuer.token(url),
    "nothing after the scheme": lambda issuer, url: "Bearer ",
    "not a token": lambda issuer, url: "Bearer not.a.token",
    "no signature": lambda issuer, url: _signed(issuer, url, None, "none", issuer.current),
    "a shared secret": lambda issuer, url: _signed(
        issuer, url, "a secret that is long enough for the check", "HS256", issuer.current
    ),
    "another algorithm": lambda issuer, url: _signed(issuer, url, issuer.keys[issuer.current], "RS512", issuer.current),
    "another key under our key's id": lambda issuer, url: _signed(issuer, url, new_key(), "RS256", issuer.current),
    "an unknown key": lambda issuer, url: _signed(issuer, url, new_key(), "RS256", "key-99"),
    "no key id": lambda issuer, url: _signed(issuer, url, issuer.keys[issuer.current], "RS256", None),
    "another issuer": _changed(iss="https://sts.example"),
    "no issuer": _changed(iss=None),
    "another audience": _changed(aud="33333333-3333-4333-8333-333333333333"),
    "no audience": _changed(aud=None),
    "expired": _changed(exp=NOW - 864_000),
    "no expiry": _changed(exp=None),
    "not yet valid": _changed(nbf=NOW + 864_000),
    "another service URL": _changed(serviceurl="https://elsewhere.example"),
    "no service URL": _changed(serviceurl=None),
    "claims tampered with": _tampered,
}


@pytest.mark.parametrize("kind", BAD)
async def test_a_bad_token_is_401_and_not_handled(teams: World, priya: Person, kind: str) -> None:
    before = len(teams.service.taken)
    header = BAD[kind](teams.connector.issuer, teams.connector.url)
    response = await teams.clients.post(teams.clients.activity(priya, text="mine"), {"Authorization": header})
    assert response.status_code == 401
    assert len(teams.service.taken) == before
    assert teams.connector.of(priya) == []


async def test_a_good_token_is_handled_and_five_minutes_late_is_not_too_late(teams: World, priya: Person) -> None:
    for token in (
        teams.connector.issuer.token(teams.connector.url),
        teams.connector.issuer.token(teams.connector.url, exp=int(time.time()) - 100),  # real time: signed
    ):
        response = await teams.clients.post(
            teams.clients.activity(priya, text="mine"), {"Authorization": f"Bearer {token}"}
        )
        assert response.status_code == 200


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'"text"', b"\xff"])
async def test_a_body_that_is_no_activity_is_refused(teams: World, priya: Person, body: bytes) -> None:
    headers = {"Authorization": f"Bearer {teams.connector.issuer.token(teams.connector.url)}"}
    assert (await teams.clients.http.post("/", content=body, headers=headers)).status_code == 401


async def test_an_activity_without_its_parts_is_bad_and_not_an_error(teams: World, priya: Person) -> None:
    activity = teams.clients.activity(priya, text="mine", conversation=None)
    assert (await teams.clients.post(activity)).status_code == 400


async def test_an_activity_without_a_service_url_is_401(teams: World, priya: Person) -> None:
    activity = teams.clients.activity(priya, text="mine")
    del activity["serviceUrl"]
    assert (await teams.clients.post(activity)).status_code == 401


async def test_a_key_that_is_not_endorsed_for_the_channel_is_401(teams: World, priya: Person) -> None:
    assert (await teams.clients.post(teams.clients.activity(priya, channelId="webchat"))).status_code == 401


async def test_another_tenant_is_401(teams: World) -> None:
    stranger = teams.connector.add("Sam Stranger", tenant="99999999-9999-4999-8999-999999999999")
    assert (await teams.clients.post(teams.clients.activity(stranger, text="mine"))).status_code == 401


async def test_a_second_tenant_can_be_let_in() -> None:
    other = "99999999-9999-4999-8999-999999999999"
    async with world(
        {"QABOT_TEAMS_ALLOWED_TENANTS": f"11111111-1111-4111-8111-111111111111, {other.upper()}"}
    ) as teams:
        colleague = teams.connector.add("Cal Colleague", tenant=other)
        await teams.clients.say(colleague, "mine")
        assert "What you owe" in teams.clients.see(colleague)


async def test_a_new_key_is_fetched_when_it_is_first_met(
    teams: World, priya: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    teams.connector.issuer.rotate()
    activity = teams.clients.activity(priya, text="mine")
    assert (await teams.clients.post(activity)).status_code == 401, "keys were fetched less than a minute ago"
    monkeypatch.setattr(teams.adapter._open.keys, "_min_interval", 0.0)  # type: ignore[union-attr]
    assert (await teams.clients.post(activity)).status_code == 200
    assert teams.connector.keys_asked == 2


async def test_unknown_keys_do_not_make_us_ask_again_and_again(teams: World, priya: Person) -> None:
    token = _signed(teams.connector.issuer, teams.connector.url, new_key(), "RS256", "key-99")
    for _ in range(5):
        await teams.clients.post(teams.clients.activity(priya), {"Authorization": token})
    assert teams.connector.keys_asked == 1


async def test_an_outage_of_the_key_server_shuts_nobody_out(
    teams: World, priya: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = teams.adapter._open.keys  # type: ignore[union-attr]
    monkeypatch.setattr(keys, "_url", "http://127.0.0.1:9/openid")
    monkeypatch.setattr(keys, "_min_interval", 0.0)
    monkeypatch.setattr(keys, "_fetched", time.monotonic() - 100_000)  # real time: the age of keys
    assert (await teams.clients.post(teams.clients.activity(priya, text="mine"))).status_code == 200


async def test_a_key_server_that_gives_no_keys_shuts_nobody_out(
    teams: World, priya: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = teams.adapter._open.keys  # type: ignore[union-attr]
    monkeypatch.setattr(teams.connector.issuer, "jwks", lambda: {"keys": []})
    monkeypatch.setattr(keys, "_min_interval", 0.0)
    monkeypatch.setattr(keys, "_fetched", time.monotonic() - 100_000)  # real time: the age of keys
    assert (await teams.clients.post(teams.clients.activity(priya, text="mine"))).status_code == 200


def _aged(teams: World, monkeypatch: pytest.MonkeyPatch, seconds: float) -> tokens_in.Keys:
    """The adapter's keys, fetched that long ago, and asked for again as soon as they are wanted."""
    assert teams.adapter._open
    keys = teams.adapter._open.keys
    monkeypatch.setattr(keys, "_min_interval", 0.0)
    monkeypatch.setattr(keys, "_fetched", time.monotonic() - seconds)  # real time: the age of keys
    return keys


async def test_a_key_server_that_is_slow_is_not_waited_for(
    teams: World, priya: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = _aged(teams, monkeypatch, tokens_in.KEYS_LAST + 10)
    teams.connector.keys_held = held = asyncio.Event()
    for _ in range(3):
        assert (await teams.clients.post(teams.clients.activity(priya, text="mine"))).status_code == 200
    assert keys._age() > tokens_in.KEYS_LAST, "the answers came before the keys"
    held.set()
    assert keys._renewal
    await keys._renewal
    assert keys._age() < tokens_in.KEYS_LAST
    assert teams.connector.keys_asked == 2, "once at the start, once for the three"


async def test_while_keys_are_renewed_a_new_key_waits_for_them(
    teams: World, priya: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    _aged(teams, monkeypatch, tokens_in.KEYS_LAST + 10)
    old = teams.connector.issuer.token(teams.connector.url)
    teams.connector.keys_held = held = asyncio.Event()
    activity = teams.clients.activity(priya, text="mine")
    assert (await teams.clients.post(activity, {"Authorization": f"Bearer {old}"})).status_code == 200
    teams.connector.issuer.rotate()
    waiting = asyncio.create_task(teams.clients.post(teams.clients.activity(priya, text="mine")))
    await turns()
    assert not waiting.done()
    held.set()
    assert (await waiting).status_code == 200
    late = await teams.clients.post(teams.clients.activity(priya, text="mine"), {"Authorization": f"Bearer {old}"})
    assert late.status_code == 401, "the old key was withdrawn"


async def test_keys_that_could_not_be_renewed_for_days_are_trusted_no_longer(
    teams: World, priya: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = _aged(teams, monkeypatch, tokens_in.KEYS_END - 60)
    url = keys._url
    monkeypatch.setattr(keys, "_url", "http://127.0.0.1:9/openid")
    assert (await teams.clients.post(teams.clients.activity(priya, text="mine"))).status_code == 200
    await teams.clients.settled()
    _aged(teams, monkeypatch, tokens_in.KEYS_END + 60)
    before = len(teams.service.taken)
    assert (await teams.clients.post(teams.clients.activity(priya, text="mine"))).status_code == 401
    await teams.clients.settled()
    assert len(teams.service.taken) == before
    monkeypatch.setattr(keys, "_url", url)
    assert (await teams.clients.post(teams.clients.activity(priya, text="mine"))).status_code == 200


async def test_stopping_does_not_wait_for_the_key_server(
    teams: World, priya: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = _aged(teams, monkeypatch, tokens_in.KEYS_LAST + 10)
    teams.connector.keys_held = held = asyncio.Event()
    await teams.clients.post(teams.clients.activity(priya, text="mine"))
    await teams.adapter.stop()
    assert keys._renewal
    assert keys._renewal.cancelled()
    held.set()


LOCAL = {
    "QABOT_TEAMS_AUTH": "anonymous",
    "QABOT_TEAMS_SECRET": "",
}


async def test_anonymous_mode_takes_calls_from_this_machine() -> None:
    async with world(LOCAL) as teams:
        person = teams.connector.add("Priya Raman")
        teams.connector.people[person.account].installed = True
        response = await teams.clients.post(teams.clients.activity(person, type="typing"), {})
        assert response.status_code == 200


@pytest.mark.parametrize(
    ("headers", "client", "host"),
    [
        ({}, "192.0.2.7", "127.0.0.1"),
        ({"X-Forwarded-For": "192.0.2.7"}, "127.0.0.1", "127.0.0.1"),
        ({"Forwarded": "for=192.0.2.7"}, "127.0.0.1", "127.0.0.1"),
        ({}, "127.0.0.1", "qabot.council.example"),
    ],
)
async def test_anonymous_mode_is_refused_to_anybody_else(headers: dict[str, str], client: str, host: str) -> None:
    async with world(LOCAL) as teams:
        person = teams.connector.add("Priya Raman")
        teams.clients.http._transport.client = (client, 1234)  # type: ignore[attr-defined]
        activity = teams.clients.activity(person, text="mine")
        response = await teams.clients.http.post(f"http://{host}/", json=activity, headers=headers)
        assert response.status_code == 401
        assert teams.service.taken == []


async def test_anonymous_mode_writes_to_this_machine_alone() -> None:
    async with world(LOCAL) as teams:
        person = teams.connector.add("Priya Raman")
        activity = teams.clients.activity(person, text="mine", serviceUrl="https://elsewhere.example")
        assert (await teams.clients.post(activity, {})).status_code == 401
