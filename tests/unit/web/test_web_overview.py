"""Is everybody reached, what must I do: the checks, the platforms, the settings, and links to sign in."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from qabot.adapter import Finding, OutOfReach
from qabot.models import Account, Store
from qabot.settings import read_settings
from qabot.shown_settings import shown
from qabot.web import checklist
from qabot.web.ports import Parts
from tests.support.faulty import Fault, FaultyAdapter
from tests.support.web_platform import on_web
from tests.unit.web.conftest import Browser, events
from tests.unit.web.world import ADE, BEA, QUINN

NewBrowser = Callable[[Parts], Browser]
CHECKS = (
    Finding("Secret key", True),
    Finding("Base address: http://127.0.0.1", False, "Set QABOT_BASE_URL to the https address."),
    Finding("Files", True, "Others can read the database."),
)


class Chat(FaultyAdapter):
    out_of_reach = OutOfReach("There is no account there.", ("Ask them to open it.",))  # type: ignore[assignment]


@pytest.fixture
def chat() -> Chat:
    return Chat()


@pytest.fixture
def parts(parts: Parts, chat: Chat, store: Store) -> Parts:
    with store.transaction() as session:
        session.add(Account(person_id=ADE, adapter="chat", external_id="U-ade"))
    return replace(parts, adapters=(chat,), checks=lambda: CHECKS)


async def test_what_is_to_be_done_is_one_click_away(administrator: Browser) -> None:
    assert 'href="/administration"' in (await administrator.open("/inbox")).text
    page = (await administrator.open("/administration")).text
    must, look = page.index("Must be done"), page.index("To look at")
    assert must < page.index("Set QABOT_BASE_URL to the https address.") < look < page.index("Others can read")
    assert "Chat: 2 of 3 are not reached." in page
    assert "Nobody holds: " in page
    assert "are to be confirmed by the council" in page


async def test_a_test_goes_by_the_real_chat_and_says_what_came_of_it(
    administrator: Browser, chat: Chat, store: Store
) -> None:
    await administrator.open("/administration/platforms")
    page = await administrator.send_form("/administration/platforms", person=str(ADE))
    assert "Chat: sent to U-ade. Ask Ade Bello whether it is there." in page.text
    assert [each.card.title for each in chat.copies.values()] == ["This is a test"]
    page = await administrator.send_form("/administration/platforms", person=str(BEA))
    assert "There is no account there." in page.text
    assert "It is in the web inbox of Bea Cole." in page.text
    for fault, sentence in ((Fault.refused, "cannot be reached there"), (Fault.broken, "nobody knows whether")):
        chat.faults.append(fault)
        page = await administrator.send_form("/administration/platforms", person=str(ADE))
        assert sentence in page.text
    sent = events(store, "test-sent")
    assert [each.actor_id for each in sent] == [QUINN] * 5
    assert (await administrator.send_form("/administration/platforms", person="99")).status_code == 404


async def test_a_chat_is_asked_and_says_what_is_wrong(administrator: Browser, chat: Chat) -> None:
    page = (await administrator.open("/administration/platforms?check=chat")).text
    assert "the faulty platform: well" in page
    chat.doctor = None  # type: ignore[method-assign, assignment]
    page = (await administrator.open("/administration/platforms?check=chat")).text
    assert "It could not be checked." in page
    assert (await administrator.open("/administration/platforms?check=nothing")).status_code == 200


async def test_a_link_is_shown_once_or_sent_and_is_in_the_log(
    administrator: Browser, new_browser: NewBrowser, parts: Parts, chat: Chat, store: Store
) -> None:
    path = f"/administration/people/{ADE}/link"
    await administrator.open(path)
    shown_link = (await administrator.send_form(path, step="show")).text
    address = shown_link.partition('id="address" value="')[2].partition('"')[0]
    browser = new_browser(parts)
    assert "Ade Bello" in (await browser.open(address)).text
    await administrator.open(path)
    page = await administrator.send_form(path, step="send")
    assert "Chat: sent to U-ade." in page.text
    (copy,) = chat.copies.values()
    assert "/in/" in str(copy.card.blocks)
    made = events(store, "link-made")
    assert [(each.actor_id, each.subject_id, each.why) for each in made] == [
        (QUINN, ADE, "shown to an administrator"),
        (QUINN, ADE, "sent in chat"),
    ]


async def test_in_a_pilot_nobody_else_is_sent_anything_by_hand_either(
    new_browser: NewBrowser, parts: Parts, chat: Chat, administrator: Browser, store: Store
) -> None:
    """Neither a test nor a link: what an administrator passes on themselves is theirs to decide."""
    browser = new_browser(replace(parts, pilot=("quinn@council.example",)))
    await browser.sign_in(parts, QUINN)
    refused = "Ade Bello is not in the pilot, and is sent nothing."
    await browser.open("/administration/platforms")
    assert refused in (await browser.send_form("/administration/platforms", person=str(ADE))).text
    await browser.open(f"/administration/people/{ADE}/link")
    assert refused in (await browser.send_form(f"/administration/people/{ADE}/link", step="send")).text
    assert not chat.copies
    assert not events(store, "link-made")
    assert 'id="address"' in (await browser.send_form(f"/administration/people/{ADE}/link", step="show")).text


async def test_it_is_for_administrators(quinn: Browser) -> None:
    assert 'href="/administration"' not in (await quinn.open("/inbox")).text
    for path in ("", "/platforms", "/settings", f"/people/{ADE}/link", f"/people/{ADE}/access"):
        assert (await quinn.open(f"/administration{path}")).status_code == 403
    assert (await quinn.send_form(f"/administration/people/{ADE}/link", step="show")).status_code == 403
    assert (await quinn.send_form("/administration/platforms", person=str(ADE))).status_code == 403


def test_settings_say_where_they_come_from_and_never_a_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = tmp_path / "key"
    key.write_text("a key that nobody may read " * 2)
    for name, value in {
        "SECRET_KEY_FILE": str(key),
        "DATABASE_URL": "postgresql://qabot:hush@db.example/qa?sslpassword=hush",
        "PILOT": "ana@council.example",
        "RETENTION": "absences=14 sign-ins=7",
        "SLACK_BOT_TOKEN": "xoxb-hush",
        "SLACK_APP_TOKEN_FILE": "/run/secrets/app",
    }.items():
        monkeypatch.setenv(f"QABOT_{name}", value)
    environ = {
        name: value for name, value in os.environ.items() if name.startswith("QABOT_") and name != "QABOT_CHROMIUM"
    }
    rows = {each.name: (each.value, each.source) for each in shown(read_settings(), environ)}
    assert rows["QABOT_SECRET_KEY"] == ("Set, and not shown", f"File {key}")
    assert rows["QABOT_DATABASE_URL"] == ("PostgreSQL: qa at db.example", "Environment")
    assert rows["QABOT_PILOT"] == ("ana@council.example", "Environment")
    assert rows["QABOT_RETENTION"] == ("absences=14, sign-ins=7", "Environment")
    assert rows["QABOT_PORT"] == ("8700", "Default")
    assert rows["QABOT_SLACK_BOT_TOKEN"] == ("Set, and not shown", "Environment")
    assert rows["QABOT_SLACK_APP_TOKEN_FILE"] == ("Set, and not shown", "File /run/secrets/app")
    assert "hush" not in str(rows)
    assert "nobody may read" not in str(rows)


async def test_the_page_and_the_doctor_walk_one_list(administrator: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is to be done is said by one place, so that neither knows of something that the other does not."""
    more = Finding("Another thing", False, "It is to be done.")
    monkeypatch.setattr(checklist, "_people", lambda unit: [more])
    assert "It is to be done." in (await administrator.open("/administration")).text


async def test_no_chat_is_offered_where_none_is_set(tmp_path: Path) -> None:
    async with on_web(tmp_path) as web:
        web.world.change("rowan", administrator=True)
        page = await web.open("rowan", f"/administration/people/{web.world.ids['bea']}/link")
    assert page.form("Show it here")
    assert "Send it to their chat" not in page.words
