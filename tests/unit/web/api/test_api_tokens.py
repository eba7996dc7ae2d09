"""Tokens: what each may do, for how long, how often, and what is kept of it."""

import hashlib
import re
from datetime import timedelta

import pytest
from sqlmodel import select
from structlog.testing import capture_logs

from qabot.errors import BadRequest
from qabot.models import ApiToken, Person, Store
from qabot.web.ports import Parts
from qabot.workflows.access import tokens
from qabot.workflows.core.rates import Rates
from qabot.workflows.core.situation import people_changed
from tests.unit.web.api.conftest import NewProgram, wrong
from tests.unit.web.conftest import Browser, events
from tests.unit.web.world import ADE, NOW, QUINN, Hands

READS = {
    "/audits": "audits:read",
    "/audits/QA-1042": "audits:read",
    "/actions": "actions:read",
    "/deadlines": "deadlines:read",
    "/notices": "deadlines:read",
    "/cases": "cases:read",
    "/people": "people:read",
    "/absences": "absences:read",
    "/figures": "figures:read",
    "/figures.csv": "figures:read",
}


async def test_each_address_asks_for_its_own_scope_and_no_other_opens_it(new_program: NewProgram) -> None:
    stranger = new_program("figures:read", name="stranger")
    stranger.headers.pop("authorization")
    for path, scope in READS.items():
        name = path.replace("/", "-").replace(".", "-").lower()
        assert (await new_program(scope, name=f"with{name}").get(path)).status_code == 200
        others = new_program(*(tokens.SCOPES.keys() - {scope}), name=f"without{name}")
        refused = await others.get(path)
        assert scope in wrong(refused, 403)["detail"]
        assert refused.headers["www-authenticate"] == f'Bearer error="insufficient_scope", scope="{scope}"'
        assert wrong(found := await stranger.get(path), 401)
        assert found.headers["www-authenticate"] == "Bearer"


async def test_a_token_is_shown_once_and_only_its_hash_is_kept(administrator: Browser, store: Store) -> None:
    await administrator.open("/administration/tokens")
    page = await administrator.send_form("/administration/tokens", name="power-bi", scopes="figures:read", days="30")
    [text] = set(re.findall(r"qabot_[\w-]{43}", page.text))
    with store.transaction() as session:
        [kept] = session.exec(select(ApiToken)).all()
    assert text not in kept.model_dump_json()
    assert kept.digest == hashlib.sha256(text.encode()).hexdigest()
    assert (kept.scopes, kept.person_id, kept.expires_at) == (["figures:read"], QUINN, NOW + timedelta(days=30))
    again = await administrator.open("/administration/tokens")
    assert "power-bi" in again.text
    assert text not in again.text
    assert [each.detail["token"] for each in events(store, "token-made")] == ["power-bi"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"name": "Power BI", "scopes": "figures:read"}, "small letters"),
        ({"name": "power-bi", "scopes": "everything"}, "is no scope"),
        ({"name": "power-bi"}, "at least one"),
        ({"name": "power-bi", "scopes": "figures:read", "days": "4000"}, "number of days"),
    ],
)
async def test_what_is_wrong_with_a_token_is_said_and_none_is_made(
    administrator: Browser, store: Store, given: dict[str, str], said: str
) -> None:
    await administrator.open("/administration/tokens")
    page = await administrator.send_form("/administration/tokens", True, **{"days": "30", **given})
    assert page.status_code == 422
    assert said in page.text
    with store.transaction() as session:
        assert session.exec(select(ApiToken)).all() == []


async def test_nobody_but_an_administrator_makes_or_sees_them(ade: Browser, parts: Parts, store: Store) -> None:
    assert (await ade.get("/administration/tokens")).status_code == 403
    await ade.open("/inbox")
    made = await ade.send_form("/administration/tokens", name="mine", scopes="figures:read", days="30")
    assert made.status_code == 403
    assert parts.units is not None
    with store.transaction() as session, pytest.raises(BadRequest, match="administrator"):
        tokens.new(parts.units.unit(session), "mine", ["figures:read"], 30, person_id=ADE)


async def test_a_token_ends_when_it_is_ended_over_or_its_person_goes(
    new_program: NewProgram, administrator: Browser, parts: Parts, store: Store
) -> None:
    first, second = new_program("cases:read", name="first"), new_program("cases:read", name="second", days=2)
    await administrator.open("/administration/tokens")
    await administrator.send_form("/administration/tokens", end="first")
    wrong(await first.get("/cases"), 401)
    assert "no token called" in (await administrator.send_form("/administration/tokens", end="first")).text
    assert (await second.get("/cases")).status_code == 200
    assert isinstance(parts.clock, Hands)
    parts.clock.moment = NOW + timedelta(days=2)
    wrong(await second.get("/cases"), 401)
    parts.clock.moment = NOW
    with store.transaction() as session:
        session.get_one(Person, QUINN).active = False
        people_changed(session)
    wrong(await second.get("/cases"), 401)


async def test_each_call_is_in_the_log_by_the_tokens_name_and_reading_once_a_day_in_the_event_log(
    new_program: NewProgram, parts: Parts, store: Store
) -> None:
    program = new_program("cases:read", "people:read", name="case-system")
    with capture_logs() as lines:
        for path in ("/cases", "/people", "/cases"):
            await program.get(path, params={"limit": 3})
    called = [line for line in lines if line.get("action") == "api-called"]
    assert [line["token"] for line in called] == ["case-system"] * 3
    assert program.headers["authorization"].removeprefix("Bearer ") not in str(lines)
    read = events(store, "api-read")
    assert [each.detail["scope"] for each in read] == ["cases:read", "people:read"]
    assert {each.detail["token"] for each in read} == {"case-system"}
    with store.transaction() as session:
        assert session.exec(select(ApiToken.used_at)).one() == NOW


async def test_who_calls_or_guesses_too_often_is_told_to_wait(
    new_program: NewProgram, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: object) -> None:
        raise BadRequest("That is more than qabot takes at a time: 300 in a minute.")

    program = new_program("cases:read")
    object.__setattr__(parts, "count_call", full)
    found = await program.get("/cases")
    assert "300 in a minute" in wrong(found, 429)["detail"]
    assert int(found.headers["retry-after"]) > 0
    object.__setattr__(parts, "count_sign_in", full)
    wrong(await program.get("/cases", headers={"authorization": "Bearer qabot_guess"}), 429)


async def test_a_program_with_a_token_that_has_ended_keeps_nobody_beside_it_from_signing_in(
    new_program: NewProgram, parts: Parts
) -> None:
    """Behind one address of an office, or a proxy, are many."""
    rates = Rates(lambda: NOW, sign_ins="1 per minute")
    object.__setattr__(parts, "count_sign_in", lambda address: rates.take("sign-in", address))
    program = new_program("cases:read")
    ended = {"authorization": "Bearer qabot_ended"}
    for status in (401, 429):
        wrong(await program.get("/cases", headers=ended), status)
    rates.take("sign-in", "127.0.0.1")
