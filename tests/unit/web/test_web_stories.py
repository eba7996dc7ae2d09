"""The demo's guided paths, walked on a whole qabot; and two tabs that are two people."""

import re
from collections.abc import Callable
from datetime import date

import httpx
from sqlmodel import col, select

from qabot.models import Alert, Notice, Store
from qabot.settings import new_secret, read_settings
from qabot.simulation.live import begin, beginning
from qabot.web.app import create_app
from qabot.web.ports import Parts
from qabot.wiring import build, web_parts
from tests.unit.web.conftest import Browser
from tests.unit.web.world import ADE, BASE, BEA, QUINN

BE = re.compile(r'<a href="(/as/[0-9]+/[^"]*)" target="_blank"[^>]*>Be ([^<]+)</a>')

ACKNOWLEDGE = re.compile(r'name="action" value="acknowledge">\s*<input type="hidden" name="token" value="([^"]+)"')


async def test_two_tabs_are_two_people(new_browser: Callable[[Parts], Browser], demo_parts: Parts) -> None:
    browser = new_browser(demo_parts)
    await browser.open("/demo")
    await browser.send_form("/demo/be", person=str(ADE))
    tab = await browser.open(f"/as/{QUINN}/programme/people")
    assert "Quinn Achebe" in tab.text.partition("<main")[0]
    assert f'href="/as/{QUINN}/inbox#newest"' in tab.text
    assert f'action="/as/{QUINN}/demo/time"' in tab.text
    assert 'href="/demo"' in tab.text
    assert "/as/" not in "".join(re.findall(r'(?:href|src)="(/static[^"]*)"', tab.text))
    sent = await browser.send_form(f"/as/{QUINN}/words", word="mine")
    assert sent.url.path == f"/as/{QUINN}/words/mine"
    browser.csrf = ""
    assert "Ade Bello" in (await browser.open("/inbox")).text.partition("<main")[0]
    assert (await browser.send_form(f"/as/{QUINN}/words", word="mine")).status_code == 403, "a tab has its own token"
    await browser.open(f"/as/{BEA}/inbox")
    await browser.send_form(f"/as/{BEA}/demo/time", to="day", here="/inbox")
    assert {ADE, QUINN, BEA} <= set(demo_parts.timeline.playing)  # type: ignore[union-attr]


async def test_nobody_is_somebody_else_outside_the_demo(ade: Browser) -> None:
    assert (await ade.open(f"/as/{QUINN}/inbox")).status_code == 404


async def test_each_path_says_what_happens_and_whom_to_be_next() -> None:
    settings = read_settings(demo=True, base_url=BASE, secret_key=new_secret(), database_url="sqlite://", adapters=())
    clock = beginning(date(2026, 9, 14))
    qabot = build(settings, clock=clock, store=Store("sqlite://", inline=True))
    timeline = await begin(qabot, clock, 30)
    transport = httpx.ASGITransport(create_app(web_parts(qabot, timeline)), raise_app_exceptions=False)
    async with Browser(transport=transport, base_url=BASE) as browser:
        await browser.open("/demo")
        await browser.open("/demo/stories/quarter")
        page = await browser.send_form("/demo/stories/quarter", step="given")
        assert "given out. Be somebody who has one to do." in page.text
        assert BE.findall(page.text)
        page = await browser.send_form("/demo/stories/alert", step="friday")
        assert "It is Friday at five" in page.text
        assert (clock.now().weekday(), f"{clock.now():%H:%M}") == (4, "16:00"), "five in summer"
        told = page.text.partition("These are told at once")[2].partition("</li>")[0]
        address, name = BE.findall(told)[0]
        inbox = await browser.open(address.replace("&#39;", "'"))
        assert name in inbox.text
        assert "Acknowledge" in inbox.text
        press = ACKNOWLEDGE.search(inbox.text)
        assert press
        prefix = "/".join(address.split("/")[:3])
        await browser.send_form(f"{prefix}/press", action="acknowledge", token=press[1], back="", origin="")
        page = await browser.open("/demo/stories/alert")
        assert f"It was acknowledged by {name}" in page.text
        await browser.send_form("/demo/stories/alert", step="friday")
        with qabot.store.transaction() as session:
            assert [each.graded for each in session.exec(select(Alert))] == [True, True], "the lowest grade, as it says"
        with qabot.store.transaction() as session:
            newest = session.exec(select(Alert).order_by(col(Alert.id).desc())).first()
            assert newest is not None
            about = [Notice.subject_type == "audit", Notice.subject_id == newest.audit_id, Notice.lane == "alert"]
            before = len(session.exec(select(Notice).where(*about, Notice.state == "sent")).all())
        page = await browser.send_form("/demo/stories/alert", step="next")
        with qabot.store.transaction() as session:
            after = len(session.exec(select(Notice).where(*about, Notice.state == "sent")).all())
        assert after > before or "It was acknowledged by" in page.text, "what happens next is of this alert"
        page = await browser.open("/demo/stories/praise")
        assert "tell of a colleague" in page.text
        assert (await browser.open("/demo/stories/nothing")).status_code == 404
    qabot.store.close()
