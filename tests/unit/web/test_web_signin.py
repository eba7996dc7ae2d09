"""Nobody gets in without a personal link, and a link opens one session of one person."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from sqlmodel import select

from qabot.models import EndedSession, Person, Store
from qabot.web.ports import Parts
from qabot.web.signin import personal_url
from qabot.workflows.core.rates import Rates
from tests.unit.web import world
from tests.unit.web.conftest import Browser, events
from tests.unit.web.world import ADE, BEA, GONE

NewBrowser = Callable[[Parts], Browser]
PAGES = ["/", "/inbox", "/inbox/changes", "/n/alert-token", "/owe", "/words", "/forms/nominate", "/programme"]
CONSOLE = ["/programme/notices", "/programme/log", "/programme/log.csv", "/programme/people"]


async def test_every_page_asks_for_a_link(browser: Browser) -> None:
    for path in PAGES + CONSOLE:
        page = await browser.get(path)
        assert page.status_code == 401, path
        assert "personal link" in page.text
        assert "Ade" not in page.text


async def test_a_link_signs_its_person_in_and_goes_on(browser: Browser, parts: Parts, store: Store) -> None:
    page = await browser.sign_in(parts, ADE, "/owe")
    assert page.url.path == "/owe"
    assert "Ade Bello" in page.text
    assert [event.actor_id for event in events(store, "signed-in")] == [ADE]


async def test_only_opening_a_link_uses_nothing_up(new_browser: NewBrowser, parts: Parts) -> None:
    link = personal_url(parts.settings, ADE, parts.clock.now())
    scanner, browser = new_browser(parts), new_browser(parts)
    assert "Continue as Ade Bello" in (await scanner.open(link)).text
    assert (await scanner.get("/inbox")).status_code == 401
    await browser.open(link)
    assert (await browser.send_form(link)).status_code == 200


async def test_a_link_works_once(new_browser: NewBrowser, parts: Parts) -> None:
    link = personal_url(parts.settings, ADE, parts.clock.now())
    first, second = new_browser(parts), new_browser(parts)
    await second.open(link)
    await first.open(link)
    await first.send_form(link)
    refused = await second.send_form(link)
    assert refused.status_code == 403
    assert "used before" in refused.text
    assert (await second.get("/inbox")).status_code == 401
    assert "used before" in (await new_browser(parts).open(link)).text


async def test_a_link_runs_out_after_fifteen_minutes(browser: Browser, parts: Parts) -> None:
    early = personal_url(parts.settings, ADE, parts.clock.now() - timedelta(minutes=14, seconds=59))
    late = personal_url(parts.settings, ADE, parts.clock.now() - timedelta(minutes=15))
    assert (await browser.open(early)).status_code == 200
    refused = await browser.open(late)
    assert refused.status_code == 403
    assert "run out" in refused.text


async def test_somebody_who_tries_links_one_after_another_is_stopped(new_browser: NewBrowser, parts: Parts) -> None:
    rates = Rates(parts.clock.now, sign_ins="3 per minute")
    counted = replace(parts, count_sign_in=lambda address: rates.take("sign-in", address))
    browser = new_browser(counted)
    link = personal_url(parts.settings, ADE, parts.clock.now())
    tried = [await browser.open(f"{link[:-3]}a{number}x") for number in range(4)]
    assert [each.status_code for each in tried] == [403, 403, 403, 400]
    assert "3 in a minute" in tried[-1].text
    assert (await browser.open(link)).status_code == 400, "nor is the right one read that comes after them"


async def test_a_changed_link_is_refused(browser: Browser, parts: Parts) -> None:
    link = personal_url(parts.settings, ADE, parts.clock.now())
    page = await browser.open(link[:-3] + "abc")
    assert page.status_code == 403
    assert "not complete" in page.text


async def test_a_link_of_another_key_is_refused(browser: Browser, parts: Parts) -> None:
    other = world.Settings(secret_key="another key altogether, as long")
    assert (await browser.open(personal_url(other, ADE, parts.clock.now()))).status_code == 403


async def test_a_link_of_somebody_who_left_is_refused(browser: Browser, parts: Parts) -> None:
    assert "no longer works here" in (await browser.open(personal_url(parts.settings, GONE, parts.clock.now()))).text


async def test_another_persons_link_is_refused_and_logged(
    ade: Browser, new_browser: NewBrowser, parts: Parts, store: Store
) -> None:
    link = personal_url(parts.settings, BEA, parts.clock.now())
    for page in (await ade.open(link), await ade.send_form(link)):
        assert page.status_code == 403
        assert "belongs to somebody else" in page.text
    refused = events(store, "link-refused")
    assert [(event.actor_id, event.subject_type, event.subject_id) for event in refused] == [(ADE, "person", BEA)] * 2
    bea = new_browser(parts)
    await bea.open(link)
    assert "Bea Cole" in (await bea.send_form(link)).text


async def test_ones_own_link_in_an_open_session_just_goes_on(ade: Browser, parts: Parts) -> None:
    link = personal_url(parts.settings, ADE, parts.clock.now(), "/owe")
    assert (await ade.open(link)).url.path == "/owe"


async def test_a_link_never_leads_to_another_site(new_browser: NewBrowser, parts: Parts) -> None:
    for path in ("//evil.example", "https://evil.example", "/\\evil.example", "/x\ny"):
        page = await new_browser(parts).sign_in(parts, ADE, path)
        assert (page.url.host, page.url.path) == ("127.0.0.1", "/inbox")


async def test_a_session_ends_after_twelve_hours(ade: Browser, parts: Parts) -> None:
    assert isinstance(parts.clock, world.Hands)
    for _ in range(3):
        parts.clock.moment += timedelta(hours=3, minutes=59)
        assert (await ade.get("/inbox")).status_code == 200
    parts.clock.moment += timedelta(minutes=2)
    assert (await ade.get("/inbox")).status_code == 200
    parts.clock.moment += timedelta(minutes=1)
    page = await ade.get("/inbox")
    assert page.status_code == 401
    assert "Your sign-in has run out" in page.text
    assert "run out" not in (await ade.get("/inbox")).text, "it is said once"


async def test_a_session_ends_without_a_page_for_four_hours(
    ade: Browser, new_browser: NewBrowser, parts: Parts
) -> None:
    assert isinstance(parts.clock, world.Hands)
    thief = new_browser(parts)
    thief.cookies.set("qabot", ade.cookies["qabot"], domain="127.0.0.1")
    parts.clock.moment += timedelta(hours=3)
    await ade.open("/inbox")
    parts.clock.moment += timedelta(hours=1)
    assert (await thief.get("/inbox")).status_code == 401, "a copy of an older cookie ends with its own last page"
    assert (await ade.get("/inbox/changes?seen=x")).status_code == 200
    parts.clock.moment += timedelta(hours=3)
    assert (await ade.get("/inbox")).status_code == 401, "to look for news by itself is no use of it"


async def test_the_council_sets_how_long_one_stays_signed_in(new_browser: NewBrowser, store: Store) -> None:
    hands = world.Hands()
    parts = world.parts(store, clock=hands)
    parts = replace(parts, settings=world.Settings(session_hours=2, session_idle_minutes=0))
    browser = new_browser(parts)
    assert "for 2 hours." in (await browser.open("/inbox")).text
    await browser.sign_in(parts, ADE)
    hands.moment += timedelta(hours=1, minutes=59)
    assert (await browser.get("/inbox")).status_code == 200
    hands.moment += timedelta(minutes=1)
    assert (await browser.get("/inbox")).status_code == 401


async def test_signing_out_everywhere_ends_every_session_and_link(
    ade: Browser, new_browser: NewBrowser, parts: Parts, store: Store
) -> None:
    assert isinstance(parts.clock, world.Hands)
    phone, other = new_browser(parts), new_browser(parts)
    await phone.sign_in(parts, ADE)
    await other.sign_in(parts, BEA)
    link = personal_url(parts.settings, ADE, parts.clock.now())
    await ade.open("/words")
    assert (await ade.post("/out/everywhere")).status_code == 403
    await ade.open("/words")
    await ade.send_form("/out/everywhere")
    assert [(await each.get("/inbox")).status_code for each in (ade, phone, other)] == [401, 401, 200]
    assert "signed out everywhere since" in (await phone.open(link)).text
    parts.clock.moment += timedelta(milliseconds=1)
    assert (await phone.sign_in(parts, ADE)).status_code == 200, "a link that is made later counts"
    [ended] = events(store, "sessions-ended")
    assert (ended.actor_id, ended.subject_id, ended.why) == (ADE, ADE, "they signed out everywhere themselves")


async def test_an_administrator_ends_what_somebody_has_open(administrator: Browser, ade: Browser, store: Store) -> None:
    path = f"/administration/people/{ADE}/access"
    page = await administrator.open(path)
    assert "until no page was used for 4 hours" in page.text
    assert "Ade Bello is signed out everywhere" in (await administrator.send_form(path, step="end")).text
    assert (await ade.get("/inbox")).status_code == 401
    assert "23 November 2026" in (await administrator.open(path)).text
    [ended] = events(store, "sessions-ended")
    assert (ended.actor_id, ended.subject_id) == (world.QUINN, ADE)
    assert "ended their sessions" in (await administrator.open("/programme/log?what=sessions-ended")).text
    assert (await administrator.open("/administration/people/99/access")).status_code == 404


async def test_signing_out_ends_the_session(ade: Browser) -> None:
    await ade.send_form("/out")
    assert (await ade.get("/inbox")).status_code == 401


async def test_a_copy_of_the_cookie_is_worth_nothing_once_its_session_is_signed_out_of(
    ade: Browser, new_browser: NewBrowser, parts: Parts, store: Store
) -> None:
    thief = new_browser(parts)
    thief.cookies.set("qabot", ade.cookies["qabot"], domain="127.0.0.1")
    assert (await thief.open("/inbox")).status_code == 200
    await ade.open("/inbox")
    await ade.send_form("/out")
    assert (await thief.get("/inbox")).status_code == 401
    pressed = await thief.send_form("/press", action="acknowledge", token=world.ALERT, back="inbox", origin=world.ALERT)
    assert pressed.status_code == 401
    assert [event.actor_id for event in events(store, "signed-out")] == [ADE]


async def test_signing_out_here_leaves_ones_other_devices_signed_in(
    ade: Browser, new_browser: NewBrowser, parts: Parts
) -> None:
    phone = new_browser(parts)
    await phone.sign_in(parts, ADE)
    await ade.open("/inbox")
    await ade.send_form("/out")
    assert (await phone.get("/inbox")).status_code == 200


async def test_one_can_sign_in_again_in_the_same_browser(ade: Browser, parts: Parts) -> None:
    await ade.open("/inbox")
    await ade.send_form("/out")
    assert (await ade.sign_in(parts, ADE)).status_code == 200


async def test_ended_sessions_are_kept_for_as_long_as_their_cookies_count(
    ade: Browser, new_browser: NewBrowser, parts: Parts, store: Store
) -> None:
    assert isinstance(parts.clock, world.Hands)

    def kept() -> int:
        with store.transaction() as session:
            return len(session.exec(select(EndedSession)).all())

    for hours, expected in ((0, 1), (11, 2), (1, 2)):
        parts.clock.moment += timedelta(hours=hours)
        browser = new_browser(parts)
        await browser.sign_in(parts, BEA)
        await browser.send_form("/out")
        assert kept() == expected


async def test_whoever_leaves_is_out_at_once(ade: Browser, store: Store) -> None:
    with store.transaction() as session:
        person = session.get(Person, ADE)
        assert person is not None
        person.active = False
    assert (await ade.get("/inbox")).status_code == 401


async def test_a_planted_session_does_not_become_somebodys(new_browser: NewBrowser, parts: Parts) -> None:
    planter, victim = new_browser(parts), new_browser(parts)
    await planter.open(personal_url(parts.settings, ADE, parts.clock.now()))
    planted = planter.cookies["qabot"]
    victim.cookies.set("qabot", planted, domain="127.0.0.1")
    await victim.sign_in(parts, BEA)
    assert (await planter.get("/inbox")).status_code == 401


async def test_a_cookie_of_the_demo_is_worth_nothing_under_serve(
    new_browser: NewBrowser, parts: Parts, demo_parts: Parts
) -> None:
    demo, served = new_browser(demo_parts), new_browser(parts)
    await demo.open("/demo")
    await demo.send_form("/demo/be", person=str(ADE))
    served.cookies.set("qabot", demo.cookies["qabot"], domain="127.0.0.1")
    assert (await served.get("/inbox")).status_code == 401
