"""A new secret key ends no session and no link while the old one stands after it; without the old one it does."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from qabot.models import Store
from qabot.web.ports import Parts
from qabot.web.sessions import Said, Sessions
from qabot.web.signin import personal_url, read_link
from tests.unit.web import world
from tests.unit.web.conftest import Browser
from tests.unit.web.world import ADE, ALERT

OLD, NEW = "the key of last year, which was long enough", "the key of this year, which is long enough"
NewBrowser = Callable[[Parts], Browser]


def parts(store: Store, key: str, *older: str) -> Parts:
    return replace(world.parts(store), settings=world.Settings(secret_key=key, older=older))


def carry_on(before: Browser, after: Browser) -> Browser:
    """The same browser, before and after the service was started again."""
    after.cookies.update(before.cookies)
    after.csrf = before.csrf
    return after


async def test_a_session_and_a_form_that_is_open_go_on(new_browser: NewBrowser, store: Store) -> None:
    before, both, alone = parts(store, OLD), parts(store, NEW, OLD), parts(store, NEW)
    browser = new_browser(before)
    await browser.sign_in(before, ADE)
    press: dict[str, Any] = {"action": "acknowledge", "token": ALERT, "back": "inbox", "origin": ALERT}
    pressed = await carry_on(browser, new_browser(both)).send_form("/press", **press, follow=False)
    assert pressed.status_code == 303
    assert (await carry_on(browser, new_browser(alone)).get("/inbox")).status_code == 401


async def test_a_link_that_was_not_used_still_opens(store: Store) -> None:
    before, both = parts(store, OLD), parts(store, NEW, OLD)
    text = personal_url(before.settings, ADE, before.clock.now()).rpartition("/")[2]
    assert read_link(both.settings, text).person_id == ADE


def test_what_is_signed_now_needs_the_old_key_no_more() -> None:
    both, alone = (Sessions(keys, secure=True, demo=False, framed=False) for keys in ((NEW, OLD), (NEW,)))
    session = both.begin(ADE)
    cookies = {alone.name: both.cookie(session, world.NOW).partition("=")[2].partition(";")[0]}
    assert alone.read(cookies, world.NOW).person_id == ADE
    assert alone.is_csrf(session, both.csrf(session))
    said = both.say(session, Said("Saved.")).partition("=")[2].partition(";")[0]
    assert alone.said(session, {alone.said_name(session): said}) == Said("Saved.")
