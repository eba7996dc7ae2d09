"""The tab in Teams signs in by itself, with a token that is checked, and is all that Teams may frame."""

from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlmodel import select

from qabot.adapter_kit.network import Network
from qabot.models import Identity, Store
from qabot.web.app import create_app
from qabot.web.ports import Parts
from qabot.web.sign_on.providers import Provider
from qabot.web.sign_on.reception import Reception
from tests.support.oidc import CLIENT, Oidc, provider
from tests.unit.web import world
from tests.unit.web.conftest import Browser, events
from tests.unit.web.world import ADE

BASE = "https://qabot.council.example"
TENANT = "11111111-2222-4333-8444-555555555555"
OF_ADE = {"oid": "aaaa0000-0000-4000-8000-00000000ade0", "sub": "pairwise", "preferred_username": "Ade@council.example"}


@pytest.fixture(scope="module")
def tenant() -> Iterator[Oidc]:
    with provider(world.Hands().now, path=f"/{TENANT}/v2.0") as oidc:
        yield oidc


@pytest.fixture
def council(store: Store, tenant: Oidc) -> Parts:
    clock = world.Hands()
    reception = Reception([Tenant(tenant.issuer, CLIENT, "s")], Network(), clock.now)
    return world.parts(store, base_url=BASE, clock=clock, reception=reception, tab=True)


class Tenant(Provider):
    """As one of Entra ID is, at another address."""

    @property
    def tenant(self) -> str:
        return TENANT


@pytest.fixture
def app(council: Parts) -> FastAPI:
    return create_app(council)


def frame(app: FastAPI) -> Browser:
    return Browser(transport=httpx.ASGITransport(app, raise_app_exceptions=False), base_url=BASE)


def token(tenant: Oidc, **changed: Any) -> str:
    now = int(world.NOW.timestamp())
    claims = {
        "iss": tenant.issuer,
        "aud": f"api://qabot.council.example/{CLIENT}",
        "tid": TENANT,
        "scp": "access_as_user",
        "azp": "5e3ce6c0-2b1f-4285-8d4b-75ee78787346",
        "iat": now,
        "exp": now + 3600,
        **OF_ADE,
    }
    return tenant.token({key: value for key, value in (claims | changed).items() if value is not None})


async def bring(browser: Browser, given: str, **headers: str) -> httpx.Response:
    sent = {"authorization": f"Bearer {given}", "sec-fetch-site": "same-origin", **headers}
    return await browser.post("/tab/sign-in?to=/owe", headers=sent)


async def test_a_token_of_the_tenant_signs_in_and_every_page_stays_in_the_frame(
    app: FastAPI, tenant: Oidc, store: Store
) -> None:
    async with frame(app) as browser:
        assert "/static/teams.min.js" in (await browser.get("/tab")).text
        answer = await bring(browser, token(tenant))
        assert (answer.status_code, answer.json()) == (200, {"to": "/tab/in/owe"})
        [cookie] = answer.headers.get_list("set-cookie")
        assert cookie.startswith("__Host-qabot-tab=")
        assert {"HttpOnly", "SameSite=None", "Secure", "Partitioned", "Path=/"} <= set(cookie.split("; "))
        page = await browser.open("/tab/in/owe")
        assert "Ade Bello" in page.text
        assert 'href="/tab/in/inbox#newest"' in page.text
        assert 'action="/tab/in/search"' in page.text
        assert 'href="/static/' in page.text
        assert (await browser.get("/tab/in/")).headers["location"] == "/tab/in/inbox#newest"
        assert (await browser.get("/inbox")).status_code == 401, "the session of the frame is no other page's"
        out = await browser.send_form("/tab/in/out", follow=False)
        assert out.headers["location"] == "/tab/in/"
        ended = await browser.get("/tab/in/inbox")
        assert (ended.status_code, 'href="/tab">Sign in with Teams' in ended.text) == (401, True)
    with store.transaction() as session:
        [bound] = session.exec(select(Identity)).all()
        assert (bound.person_id, bound.issuer, bound.subject) == (ADE, tenant.issuer, OF_ADE["oid"])
    assert [(each.actor_id, each.why) for each in events(store, "signed-in")] == [(ADE, "in the Teams tab")]


async def test_a_tab_that_was_opened_for_nothing_begins_where_signing_in_does(app: FastAPI, tenant: Oidc) -> None:
    async with frame(app) as browser:
        headers = {"authorization": f"Bearer {token(tenant)}", "sec-fetch-site": "same-origin"}
        assert (await browser.post("/tab/sign-in", headers=headers)).json() == {"to": "/tab/in/"}


async def test_only_the_tab_may_be_framed_and_by_teams_alone(app: FastAPI) -> None:
    async with frame(app) as browser:
        for path in ("/tab", "/tab/in/inbox", "/tab/in/nowhere"):
            headers = (await browser.get(path)).headers
            assert "x-frame-options" not in headers, path
            allowed = headers["content-security-policy"].rpartition("frame-ancestors ")[2].split()
            assert allowed == [
                "https://teams.microsoft.com",
                "https://*.teams.microsoft.com",
                "https://teams.cloud.microsoft",
            ]
        for path in ("/inbox", "/", "/tabs", "/static/tab.js", "/in/x", "/health"):
            headers = (await browser.get(path)).headers
            assert headers["x-frame-options"] == "DENY", path
            assert "frame-ancestors 'none'" in headers["content-security-policy"]


@pytest.mark.parametrize(
    "changed",
    [
        {"aud": "api://somebody.example/else"},
        {"iss": "https://login.microsoftonline.com/99999999-2222-4333-8444-555555555555/v2.0"},
        {"exp": int(world.NOW.timestamp()) - 600},
        {"exp": None},
        {"tid": "99999999-2222-4333-8444-555555555555"},
        {"scp": None, "roles": ["everything"]},
        {"idp": "https://sts.windows.net/99999999-2222-4333-8444-555555555555/"},
        {"preferred_username": "nobody@council.example"},
    ],
)
async def test_any_other_token_is_answered_with_a_sentence(
    app: FastAPI, tenant: Oidc, store: Store, changed: dict[str, Any]
) -> None:
    async with frame(app) as browser:
        answer = await bring(browser, token(tenant, **changed))
        assert answer.status_code == 403
        assert answer.json()["sentence"].endswith(".")
        assert "set-cookie" not in answer.headers
        assert (await browser.get("/tab/in/inbox")).status_code == 401
    assert events(store, "signed-in") == []


async def test_what_is_no_token_or_comes_from_elsewhere_signs_nobody_in(app: FastAPI, tenant: Oidc) -> None:
    async with frame(app) as browser:
        good = token(tenant)
        for odd in ("", "x", "a.b.c", good[:-4] + "AAAA", f"{good}.x", "é" * 20_000):
            headers = [(b"authorization", f"Bearer {odd}".encode()), (b"sec-fetch-site", b"same-origin")]
            answer = await browser.post("/tab/sign-in", headers=headers)
            assert answer.status_code == 403, odd[:20]
        tenant.kid, signed = "another", tenant.token({"sub": "x"}, "first")
        assert (await bring(browser, signed)).status_code == 403
        tenant.kid = "first"
        assert (await bring(browser, good, **{"sec-fetch-site": "cross-site"})).status_code == 403
        assert (await browser.get("/tab/in/inbox")).status_code == 401


async def test_both_versions_of_a_tenants_tokens_are_one_account(app: FastAPI, tenant: Oidc, store: Store) -> None:
    async with frame(app) as browser:
        assert (await bring(browser, token(tenant))).status_code == 200
        older = {"iss": f"https://sts.windows.net/{TENANT}/", "preferred_username": None, "upn": "ade@council.example"}
        assert (await bring(browser, token(tenant, **older, aud=f"api://{CLIENT}"))).status_code == 200
    assert len(events(store, "identity-bound")) == 1


async def test_the_tab_stands_below_a_path_too(council: Parts, tenant: Oidc) -> None:
    below = replace(council, settings=world.Settings(base_url=f"{BASE}/qabot"))
    async with frame(create_app(below)) as browser:
        sent = {"authorization": f"Bearer {token(tenant)}", "sec-fetch-site": "same-origin"}
        answer = await browser.post("/qabot/tab/sign-in", headers=sent)
        assert answer.json() == {"to": "/tab/in/"}, "the script puts the path before it"
        assert {"Path=/qabot", "Partitioned"} <= set(answer.headers["set-cookie"].split("; "))
        page = await browser.get("/qabot/tab/in/owe")
        assert 'href="/qabot/tab/in/inbox#newest"' in page.text
        assert "https://teams.microsoft.com" in page.headers["content-security-policy"]
        assert (await browser.get("/qabot/tab/in/")).headers["location"] == "/qabot/tab/in/inbox#newest"


async def test_without_the_setting_or_https_there_is_no_tab(council: Parts) -> None:
    for parts in (replace(council, tab=False), replace(council, settings=world.Settings())):
        async with Browser(transport=httpx.ASGITransport(create_app(parts)), base_url=parts.settings.base_url) as none:
            assert [(await none.get(each)).status_code for each in ("/tab", "/tab/in/inbox")] == [404, 404]
            assert (await none.get("/tab")).headers["x-frame-options"] == "DENY"


def test_teams_own_script_is_the_one_that_the_documents_name() -> None:
    script, named = Path("src/qabot/web/static/teams.min.js").read_bytes(), Path("docs/sign-on.md").read_text("utf-8")
    assert sha256(script).hexdigest() in named
    assert b"TeamsJS 2.58.0" in script[:200]
    assert "Microsoft Corporation" in Path("src/qabot/web/static/teams.LICENSE.txt").read_text("utf-8")
