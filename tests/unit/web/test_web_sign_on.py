"""Signing in with an account of the council's: against a provider over HTTP, strict and odd as told."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import delete
from sqlmodel import select
from structlog.testing import capture_logs

from qabot.adapter_kit.network import Network
from qabot.models import EndedSession, Event, Identity, IdentityClash, Person, Store, UsedLink
from qabot.web.app import create_app
from qabot.web.ports import Parts
from qabot.web.sign_on.metadata import Issuer
from qabot.web.sign_on.providers import Provider
from qabot.web.sign_on.reception import Reception
from qabot.web.signin import personal_url
from qabot.workflows.core.rates import Rates
from tests.support.oidc import CLIENT, SECRET, Oidc, provider
from tests.unit.web import world
from tests.unit.web.conftest import Browser, events
from tests.unit.web.world import ADE, BEA, QUINN

ADES = {"sub": "a-1", "email": "Ade@council.example", "email_verified": True}


@dataclass
class Front:
    """A council that signs in with one provider; `walk` takes a browser there and back."""

    oidc: Oidc
    parts: Parts
    clock: world.Hands
    app: FastAPI
    browsers: list[httpx.AsyncClient] = field(default_factory=list)

    def new(self) -> Browser:
        """Another browser."""
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        self.browsers.append(browser := Browser(transport=transport, base_url=self.parts.settings.base_url))
        return browser

    def change(self, **values: Any) -> "Front":
        """The same council, set up otherwise."""
        parts = replace(self.parts, **values)
        return replace(self, parts=parts, app=create_app(parts))

    async def walk(self, browser: Browser | None = None, to: str = "/owe") -> httpx.Response:
        browser = browser or self.new()
        away = await browser.get("/sign-on/0", params={"to": to})
        if away.status_code != 303:
            return away
        address = urlsplit(await self.outside(away))
        return await browser.open(f"{address.path}?{address.query}")

    async def outside(self, away: httpx.Response) -> str:
        """What the provider does with whoever is sent there: the address that it sends them back to."""
        async with httpx.AsyncClient() as client:
            back = await client.get(away.headers["location"])
        assert back.status_code == 302, back.text
        return back.headers["location"]

    async def sign_in(self, **claims: Any) -> httpx.Response:
        self.oidc.account = claims
        return await self.walk()

    async def boss(self) -> Browser:
        """A browser of Quinn's, who looks after people and rules."""
        with self.parts.store.transaction() as session:
            session.get_one(Person, QUINN).administrator = True
        browser = self.new()
        await browser.sign_in(self.parts, QUINN, "/owe")
        return browser


@pytest.fixture(scope="module")
def council(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """One for all tests: to make it takes longer than they do."""
    clock, store = world.Hands(), Store(f"sqlite:///{tmp_path_factory.mktemp('sign-on')}/qabot.db")
    world.fill(store)
    with provider(clock.now) as oidc:
        known = Provider(oidc.issuer, CLIENT, SECRET, "the test's provider")
        parts = world.parts(store, clock=clock, reception=Reception([known], Network(), clock.now))
        yield Front(oidc, parts, clock, create_app(parts))
    store.close()


@pytest.fixture
async def front(council: Front) -> AsyncIterator[Front]:
    fresh, oidc = Oidc(council.clock.now), council.oidc
    fresh.loop.close()
    oidc.account, oidc.odd, oidc.kid, oidc.denies = dict(ADES), set(), fresh.kid, False
    oidc.secret, oidc.ways, oidc.asked_for = fresh.secret, fresh.ways, []
    council.clock.moment = world.NOW
    assert council.parts.reception is not None
    for place in council.parts.reception.places:
        place.issuer, place.trouble = Issuer(oidc.issuer, Network(), council.clock.now), None
    with council.parts.store.transaction() as session:
        for table in (Identity, IdentityClash, Event, EndedSession, UsedLink):
            session.execute(delete(table))
        ade = session.get_one(Person, ADE)
        ade.email, ade.active, ade.signed_out_at = "ade@council.example", True, None
    yield council
    for browser in council.browsers:
        await browser.aclose()
    council.browsers.clear()


@pytest.fixture
def store(front: Front) -> Store:
    return front.parts.store


async def test_a_first_sign_in_binds_and_the_next_one_needs_no_address(front: Front, store: Store) -> None:
    asked = await front.new().get("/audits/QA-1042?x=1")
    assert asked.status_code == 401
    assert 'href="/sign-on/0?to=%2Faudits%2FQA-1042%3Fx%3D1">Sign in with the test&#39;s provider' in asked.text
    page = await front.walk()
    assert (page.status_code, page.url.path) == (200, "/owe")
    assert "Ade Bello" in page.text
    with store.transaction() as session:
        [bound] = session.exec(select(Identity)).all()
        assert (bound.person_id, bound.issuer, bound.subject) == (ADE, front.oidc.issuer, "a-1")
        session.get_one(Person, ADE).email = "ade.bello-cole@council.example"
    assert "Ade Bello" in (await front.sign_in(sub="a-1")).text, "an account without an address is theirs still"
    assert "Ade Bello" in (await front.sign_in(sub="a-1", email="quinn@council.example", email_verified=True)).text
    assert [each.actor_id for each in events(store, "identity-bound")] == [ADE]
    assert [(each.actor_id, each.why) for each in events(store, "signed-in")] == [(ADE, "with the test's provider")] * 3
    assert front.oidc.asked_for == ["document", "keys", "token", "token", "token"], "what it publishes is kept"


async def test_who_somebody_is_decides_what_they_may_not_the_account(front: Front) -> None:
    page = await front.sign_in(**ADES, roles=["quality-assurance", "administrator"], groups=["admins"])
    assert page.status_code == 200
    assert "Programme" not in page.text


@pytest.mark.parametrize(
    ("claims", "sentence", "logged"),
    [
        ({"sub": "x", "email": "ade@council.example"}, "email_verified", "not verified"),
        ({"sub": "x", "email": "ade@council.example", "email_verified": False}, "email_verified", "not verified"),
        ({"sub": "x", "email": "ade@council.example", "email_verified": "no"}, "email_verified", "not verified"),
        ({"sub": "x", "email_verified": True}, "(no address (email))", "was not told"),
        ({"sub": "x", "email": ["ade@council.example"], "email_verified": True}, "no address", "was not told"),
        ({"sub": "x", "email": "nobody@council.example", "email_verified": True}, "not in qabot&#39;s list", "nobody"),
        ({"sub": "x", "email": "gil@council.example", "email_verified": True}, "no longer in", "they have left"),
    ],
)
async def test_whoever_is_not_known_is_told_kindly_why(
    front: Front, store: Store, claims: dict[str, Any], sentence: str, logged: str
) -> None:
    page = await front.sign_in(**claims)
    assert page.status_code == 403
    assert sentence in page.text
    assert 'href="/sign-on/0?to=/owe"' in page.text
    [refused] = events(store, "sign-on-refused")
    assert logged in refused.why
    assert "@" not in refused.why
    with store.transaction() as session:
        assert session.exec(select(Identity)).all() == []


@pytest.mark.parametrize(
    "odd",
    ["nonce", "issuer", "audience", "expired", "alg-none", "alg-hs256", "foreign-key", "no-id-token", "other-iss"],
)
async def test_an_answer_that_is_not_what_was_asked_for_signs_nobody_in(front: Front, store: Store, odd: str) -> None:
    front.oidc.odd = {odd}
    browser = front.new()
    with capture_logs() as lines:
        page = await front.walk(browser)
    assert page.status_code == 400
    assert "could not be trusted" in page.text
    [line] = [each for each in lines if each.get("action", "").startswith("sign-on-")]
    assert "council.example" not in str(line)
    assert (await browser.get("/inbox")).status_code == 401
    assert events(store, "signed-in") == []
    front.oidc.odd = set()
    assert (await front.walk(browser)).status_code == 200, "and nothing is broken by it"


async def test_each_code_and_each_answer_counts_once_and_for_its_own_browser(front: Front) -> None:
    browser, thief = front.new(), front.new()
    away = await browser.get("/sign-on/0?to=/owe")
    asked = parse_qs(urlsplit(away.headers["location"]).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["redirect_uri"] == [f"{world.BASE}/sign-on/back"]
    back = (await front.outside(away)).removeprefix(world.BASE)
    assert len(back) > 2100, "as long as Entra ID's"
    await thief.get("/sign-on/0")
    for other in (thief, front.new()):
        page = await other.open(back)
        assert (page.status_code, "begun in another window" in page.text) == (400, True)
        assert (await other.get("/inbox")).status_code == 401
    assert (await browser.open(back)).url.path == "/owe"
    again = await browser.open(back)
    assert again.status_code == 200, "whoever reloads is signed in already"
    with_own_state = await browser.get("/sign-on/back?code=x&state=")
    assert with_own_state.status_code == 303


async def test_a_sign_in_that_takes_too_long_begins_once_more(front: Front) -> None:
    browser = front.new()
    away = await browser.get("/sign-on/0")
    back = (await front.outside(away)).removeprefix(world.BASE)
    front.clock.moment += timedelta(minutes=15)
    assert "took too long" in (await browser.open(back)).text


async def test_whoever_stops_at_the_provider_is_not_blamed(front: Front, store: Store) -> None:
    front.oidc.denies = True
    page = await front.walk()
    assert "stopped at the test&#39;s provider" in page.text
    assert events(store, "sign-on-refused") == []


async def test_an_error_that_the_browser_brings_is_shown_and_troubles_no_administrator(front: Front) -> None:
    browser = front.new()
    away = await browser.get("/sign-on/0")
    state = parse_qs(urlsplit(away.headers["location"]).query)["state"][0]
    error = "invalid_scope<script>" + "x" * 80
    page = await browser.get("/sign-on/back", params={"state": state, "error": error, "error_description": "<b>evil"})
    assert page.status_code == 400
    assert "did not let you in (invalid_scopescriptx" in page.text
    assert "evil" not in page.text
    assert "Sign-in: the test" not in (await (await front.boss()).open("/administration")).text


async def test_a_way_on_is_a_page_of_ours_alone(front: Front) -> None:
    for path in ("//evil.example", "https://evil.example", "/\\evil.example"):
        page = await front.walk(to=path)
        assert (page.url.host, page.url.path) == ("127.0.0.1", "/inbox")


async def test_new_keys_are_asked_for_and_not_for_ever(front: Front) -> None:
    assert (await front.walk()).status_code == 200
    front.oidc.kid = "second"
    front.clock.moment += timedelta(minutes=1)
    assert (await front.walk()).status_code == 200
    front.oidc.asked_for.clear()
    front.oidc.odd = {"foreign-kid"}
    for _ in range(3):
        assert (await front.walk()).status_code == 400
    assert front.oidc.asked_for.count("keys") <= 1


async def test_a_provider_that_is_away_keeps_nobody_out_for_ever(front: Front) -> None:
    front.oidc.go()
    browser = front.new()
    page = await front.walk(browser)
    assert page.status_code == 503
    assert "does not answer just now" in page.text
    assert (await browser.sign_in(front.parts, BEA)).status_code == 200, "a personal link needs no provider"
    boss = await front.boss()
    assert "It could not be reached." in (await boss.open("/administration")).text
    front.oidc.come()
    front.clock.moment += timedelta(seconds=3)
    assert (await front.walk()).status_code == 200
    assert "It could not be reached." not in (await boss.open("/administration")).text
    front.oidc.go()
    front.clock.moment += timedelta(hours=25)
    away = await front.new().get("/sign-on/0")
    assert away.status_code == 303, "what it published a day ago still leads there"
    front.clock.moment += timedelta(days=4)
    assert (await front.walk()).status_code == 503
    front.oidc.come()


@pytest.mark.parametrize(
    ("odd", "words"),
    [
        ("html", "not with a document"),
        ("document-issuer", "it calls itself"),
        ("http-endpoint", "no https address as authorization_endpoint"),
    ],
)
async def test_a_set_up_that_does_not_fit_is_said_to_the_administrator(front: Front, odd: str, words: str) -> None:
    front.oidc.odd = {odd}
    page = await front.walk()
    assert page.status_code == 503
    assert "not set up rightly" in page.text
    assert words not in page.text
    boss = await front.boss()
    assert words in (await boss.open("/administration")).text


async def test_a_wrong_secret_is_said_to_the_administrator(front: Front) -> None:
    front.oidc.secret = "another"
    assert "not set up rightly" in (await front.walk()).text
    boss = await front.boss()
    page = await boss.open("/administration")
    assert "401 invalid_client" in page.text
    assert SECRET not in page.text
    front.oidc.secret, front.oidc.ways = SECRET, ("client_secret_basic",)
    front.clock.moment += timedelta(hours=25)
    assert (await front.walk()).status_code == 200, "also where the secret goes in the header"


async def test_somebody_elses_account_with_ones_address_waits_for_the_administrator(front: Front, store: Store) -> None:
    assert (await front.walk()).status_code == 200
    second = {**ADES, "sub": "a-2-xyz"}
    for _ in range(2):
        page = await front.sign_in(**second)
        assert page.status_code == 403
        assert "Another account of the test&#39;s provider is yours" in page.text
    assert [each.subject_id for each in events(store, "identity-clash")] == [ADE], "it is asked about once"
    boss = await front.boss()
    assert "Another account claims to be that of Ade Bello" in (await boss.open("/administration")).text
    path = f"/administration/people/{ADE}/access"
    shown = await boss.open(path)
    assert "claims to be theirs" in shown.text
    clash = shown.text.partition('name="account" value="')[2].partition('"')[0]
    assert "is not Ade Bello" in (await boss.send_form(path, step="refuse", account=clash)).text
    assert "has decided that this account" in (await front.sign_in(**second)).text
    assert "was decided meanwhile" in (await boss.send_form(path, step="accept", account=clash)).text
    assert (await front.sign_in(**ADES)).status_code == 200
    await boss.open(path)
    await boss.send_form(path, step="forget")
    front.clock.moment += timedelta(seconds=1)
    assert (await front.sign_in(**second)).status_code == 200, "a new account is theirs once the old one is forgotten"
    assert (await front.sign_in(**ADES)).status_code == 403
    shown = await boss.open(path)
    clash = shown.text.partition('name="account" value="')[2].partition('"')[0]
    await boss.send_form(path, step="accept", account=clash)
    assert (await front.sign_in(**ADES)).status_code == 200
    assert (await front.sign_in(**second)).status_code == 403
    assert "was decided meanwhile" in (await boss.send_form(path, step="accept", account=clash)).text
    assert (await front.sign_in(**ADES)).status_code == 200, "the page was about another one, whatever number it had"
    for what, count in (("identity-bound", 3), ("identity-refused", 1), ("identity-forgotten", 1)):
        assert len(events(store, what)) == count, what


async def test_whoever_has_left_is_out_whatever_their_account_says(front: Front, store: Store) -> None:
    browser = front.new()
    assert (await front.walk(browser)).status_code == 200
    with store.transaction() as session:
        session.get_one(Person, ADE).active = False
    assert (await browser.get("/inbox")).status_code == 401
    page = await front.walk()
    assert page.status_code == 403
    assert "no longer in qabot&#39;s list" in page.text
    assert [each.subject_id for each in events(store, "sign-on-refused")] == [ADE]


async def test_links_are_for_those_without_an_account_where_the_council_says_so(front: Front) -> None:
    front = front.change(settings=world.Settings(personal_links="unbound"))
    now = front.parts.clock.now()
    assert (await front.new().open(personal_url(front.parts.settings, ADE, now))).status_code == 200
    assert (await front.walk()).status_code == 200
    page = await front.new().open(personal_url(front.parts.settings, ADE, now))
    assert page.status_code == 403
    assert "links are not for you here" in page.text
    assert (await front.new().sign_in(front.parts, BEA)).status_code == 200
    glass = personal_url(front.parts.settings, ADE, now, break_glass=True)
    browser = front.new()
    await browser.open(glass)
    assert "Ade Bello" in (await browser.send_form(glass)).text


async def test_somebody_who_comes_back_again_and_again_is_stopped(front: Front) -> None:
    rates = Rates(front.clock.now, sign_ins="2 per minute")
    front = front.change(count_sign_in=lambda address: rates.take("sign-in", address))
    browser = front.new()
    tried = [await browser.get("/sign-on/back?code=x&state=y") for _ in range(3)]
    assert [each.status_code for each in tried] == [400, 400, 400]
    assert "2 in a minute" in tried[-1].text


async def test_who_is_signed_in_just_goes_on_and_an_unknown_way_is_a_page(front: Front) -> None:
    browser = front.new()
    await browser.sign_in(front.parts, ADE)
    assert (await browser.get("/sign-on/0?to=/owe")).headers["location"] == "/owe"
    assert (await front.new().get("/sign-on/7")).status_code == 404
    assert (await front.change(reception=None).new().get("/sign-on/0")).status_code == 404, "of no provider, no page"


TENANT = "11111111-2222-4333-8444-555555555555"
MICROSOFT = Provider(f"https://login.microsoftonline.com/{TENANT}/v2.0", CLIENT)
OF_ENTRA = {
    "iss": MICROSOFT.issuer,
    "tid": TENANT,
    "oid": "AAAA0000-0000-4000-8000-00000000ADE0",
    "sub": "pairwise",
    "preferred_username": "Ade@council.example",
    "email": "head@council.example",
}


def test_of_entra_the_tenant_and_the_object_id_count_and_the_user_name_finds_the_person() -> None:
    known = MICROSOFT.known(OF_ENTRA)
    assert (known.issuer, known.subject) == (MICROSOFT.issuer, "aaaa0000-0000-4000-8000-00000000ade0")
    assert known.addresses == ("ade@council.example",), "an e-mail that nobody vouches for is none"
    vouched = MICROSOFT.known({**OF_ENTRA, "xms_edov": True})
    assert vouched.addresses == ("ade@council.example", "head@council.example")
    nameless = MICROSOFT.known({**OF_ENTRA, "preferred_username": "+44 7700 900000"})
    assert (nameless.addresses, str(nameless.missing)) == ((), "claim-missing: no address (preferred_username)")


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"tid": "99999999-2222-4333-8444-555555555555"}, "wrong-tenant"),
        ({"idp": "https://sts.windows.net/99999999-2222-4333-8444-555555555555/"}, "guest"),
        ({"acct": 1}, "guest"),
        ({"oid": ""}, "claim-missing"),
        ({"tid": None}, "claim-missing"),
    ],
)
def test_of_entra_guests_and_other_tenants_are_turned_away(changed: dict[str, Any], why: str) -> None:
    with pytest.raises(Exception, match=f"^{why}"):
        MICROSOFT.known({**OF_ENTRA, **changed})


def test_of_google_only_an_organisations_account_counts() -> None:
    google = Provider("https://accounts.google.com", CLIENT)
    claims = {"sub": "1", "email": "ade@council.example", "email_verified": True, "hd": "council.example"}
    assert google.known(claims).addresses == ("ade@council.example",)
    assert (google.name, MICROSOFT.name, google.issuers[1]) == ("Google", "Microsoft", "accounts.google.com")
    with pytest.raises(Exception, match=r"^guest"):
        google.known({**claims, "hd": None})
