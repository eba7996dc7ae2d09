"""A person's cards, buttons, forms and words."""

import asyncio
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from qabot.adapter import Reply, Say, Submission
from qabot.delivery.supervisor import AdapterState, Standing
from qabot.framework import load
from qabot.messaging.card import Button, Row, text
from qabot.messaging.form import Field
from qabot.models import Notice, Person, Store
from qabot.web.bell import Bell
from qabot.web.drawing import example_of, grouped, hint_for
from qabot.web.ports import Parts
from qabot.web.sessions import Said, Sessions
from tests.support.waiting import LONG, turns, within
from tests.unit.web import world
from tests.unit.web.conftest import Browser, events
from tests.unit.web.world import ADE, ALERT, BEA, DIGEST, OTHERS, SmallDesk

GOOD: dict[str, Any] = {
    "answer:title": "Calm and clear",
    "answer:story": "The plan was agreed together.",
    "answer:grade": "good",
    "answer:tags:many": ["a", "b"],
    "answer:seen:day": "3",
    "answer:seen:month": "November",
    "answer:seen:year": "2026",
    "answer:who": str(BEA),
    "answer:sure": "on",
}


def desk(parts: Parts) -> SmallDesk:
    assert isinstance(parts.desk, SmallDesk)
    return parts.desk


async def test_the_inbox_shows_ones_own_cards_newest_first_with_their_lane_in_words(ade: Browser) -> None:
    page = (await ade.open("/inbox")).text
    assert page.index("Alert: QA-1042 needs your support") < page.index("Your QA tasks for 23 November 2026")
    assert "Monday 23 November 2026" in page
    assert page.count('<article class="card') == 2
    assert ">To do<" in page
    assert ">Alert<" in page
    assert f"card-{OTHERS}" not in page


async def test_no_text_of_a_person_becomes_markup_or_a_link(ade: Browser) -> None:
    page = (await ade.open("/inbox")).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &#34;Zoë&#34; &amp; co" in page
    assert "javascript:" not in page
    assert '<a href="https://records.example/1"' in page


async def test_no_button_leads_to_the_message_that_it_stands_in(ade: Browser) -> None:
    for path in ("/inbox", f"/n/{ALERT}"):
        page = (await ade.open(path)).text
        assert "Open the record of QA-1042" in page
        assert "Answer in the web inbox" not in page


@pytest.mark.parametrize(
    ("earliest", "latest", "said"),
    [
        (date(2027, 3, 29), None, "5 4 2027"),
        (date(2027, 3, 27), None, "2 4 2027"),
        (date(2027, 3, 29), date(2027, 3, 31), "31 3 2027"),
        (date(2027, 4, 2), date(2027, 4, 4), "2 4 2027"),
        (None, date(2026, 4, 4), "3 4 2026"),
        (date(2026, 9, 1), date(2027, 12, 1), "30 11 2026"),
        (date(2026, 9, 1), date(2026, 11, 23), "23 11 2026"),
        (None, None, "30 11 2026"),
    ],
)
def test_the_example_of_a_date_is_one_that_can_be_given(earliest: date | None, latest: date | None, said: str) -> None:
    """In March stood "For example, 21 11 2026", which the form refused as past."""
    item = Field("day", "The new day", "date", earliest=earliest, latest=latest)
    assert example_of(item, date(2026, 11, 23)) == said
    assert hint_for(item, date(2026, 11, 23)) == f"For example, {said}"


def test_a_row_without_text_is_its_buttons_alone() -> None:
    button = Button("more-time", "I need help or more time", "x")
    blocks = (Row(text("One")), Row(text("Two")), Row((), (button,)))
    assert [(kind, len(group)) for kind, group in grouped(blocks)] == [("row", 2), ("buttons", 1)]


async def test_a_press_redraws_the_card_in_place_and_says_what_happened(ade: Browser, parts: Parts) -> None:
    await ade.open("/inbox")
    page = await ade.send_form("/press", action="acknowledge", token=ALERT, back="inbox", origin=ALERT)
    assert page.url.path == "/inbox"
    assert page.url.fragment == f"card-{ALERT}"
    card = page.text[page.text.index(f'id="card-{ALERT}"') :]
    assert "You acknowledged QA-1042." in card
    assert "Nothing more to do in this message." in card
    assert "Acknowledge alert" not in card
    [press] = desk(parts).pressed
    assert (press.who.adapter, press.who.external_id, press.action, press.token) == ("web", "1", "acknowledge", ALERT)
    assert "You acknowledged" not in (await ade.open("/inbox")).text


def test_a_long_sentence_still_fits_a_cookie() -> None:
    sessions = Sessions(("a secret for tests",), secure=True, demo=False, framed=True)
    session = sessions.begin(1)
    cookie = sessions.say(session, Said("é" * 5000, ALERT))
    assert len(cookie) < 4096
    value = cookie.partition("=")[2].partition(";")[0]
    assert sessions.said(session, {sessions.said_name(session): value}) == Said("é" * 400, ALERT)
    assert sessions.said(sessions.begin(1), {sessions.said_name(session): value}) is None


async def test_an_old_button_gets_a_kind_answer(ade: Browser) -> None:
    await ade.open("/inbox")
    page = await ade.send_form("/press", action="gone", token="x", back="inbox", origin="../../evil")
    assert page.url.path == "/inbox"
    assert "This button is from an older message." in page.text


async def test_a_form_has_an_address_to_reload_and_to_keep(ade: Browser, parts: Parts) -> None:
    await ade.open("/inbox")
    page = await ade.send_form("/press", action="tell", token=DIGEST, back="inbox", origin=DIGEST)
    assert page.request.method == "GET"
    assert str(page.url).endswith(f"/forms/everything?token={DIGEST}&back=inbox&origin={DIGEST}")
    again = await ade.open(page.url.raw_path.decode())
    assert again.status_code == 200
    assert again.text == page.text
    wrong = GOOD | {"answer:grade": ""}
    kept = await ade.send_form(page.url.raw_path.decode(), token=DIGEST, back="inbox", origin=DIGEST, **wrong)
    assert kept.status_code == 422
    assert kept.url == page.url, "the form with its errors stands where the form does"


async def test_a_form_about_somebody_elses_message_is_not_opened(ade: Browser) -> None:
    page = await ade.open(f"/forms/everything?token={OTHERS}")
    assert "This message is for somebody else" in page.text
    assert '<form method="post" action="/forms' not in page.text
    back = await ade.open(f"/forms/everything?token={OTHERS}&back=inbox&origin=x")
    assert back.url.path == "/inbox"


@pytest.mark.parametrize(
    ("word", "where"),
    [("mine", "/words/mine"), (" HELP ", "/words/help"), ("nominate", "/words/nominate"), ("mien", "/words")],
)
async def test_whatever_a_word_shows_has_an_address(ade: Browser, word: str, where: str) -> None:
    await ade.open("/words")
    page = await ade.send_form("/words", word=word)
    assert (page.request.method, page.url.path, page.status_code) == ("GET", where, 200)
    assert ("is none of the words" in page.text) is (word == "mien")


async def test_a_word_that_does_something_is_not_done_by_following_a_link(ade: Browser) -> None:
    assert (await ade.open("/words/link")).url.path == "/words"
    assert (await ade.open("/words/gone")).url.path == "/words"


async def test_a_whole_card_has_its_own_page(ade: Browser) -> None:
    page = await ade.open(f"/n/{ALERT}")
    assert "<h1>Alert: QA-1042 needs your support</h1>" in page.text
    after = await ade.send_form("/press", action="acknowledge", token=ALERT, back="notice", origin=ALERT)
    assert after.url.path == f"/n/{ALERT}"
    assert "You acknowledged QA-1042." in after.text


async def test_somebody_elses_card_is_refused_and_logged(ade: Browser, store: Store) -> None:
    page, nowhere = await ade.open(f"/n/{OTHERS}"), await ade.open("/n/unknown")
    assert page.status_code == 404
    assert "no such message for you" in page.text
    assert [event.actor_id for event in events(store, "link-refused")] == [ADE]
    assert (nowhere.status_code, nowhere.text) == (page.status_code, page.text)


async def test_what_one_owes_is_a_page_that_presses_come_back_to(ade: Browser) -> None:
    assert "Your QA tasks" in (await ade.open("/owe")).text
    page = await ade.send_form("/press", action="acknowledge", token=ALERT, back="owe", origin="")
    assert page.url.path == "/owe"
    assert "You acknowledged QA-1042." in page.text


async def test_a_form_asks_every_kind_of_question(ade: Browser) -> None:
    await ade.open("/inbox")
    page = (await ade.send_form("/press", action="tell", token=DIGEST, back="inbox", origin=DIGEST)).text
    for label in ("In a few words", "What happened?", "Grade", "Place", "About", "When?", "Who?", "Hours"):
        assert label in page
    assert page.count("(optional)") == 2
    assert "Say what you saw. Up to 300 characters" in page
    assert re.search(r"For example, \d+ \d+ 20\d\d", page)
    assert f'name="token" value="{DIGEST}"' in page
    assert f'href="/inbox#card-{DIGEST}"' in page


async def test_a_form_is_handed_on_as_clean_values(ade: Browser, parts: Parts) -> None:
    await ade.open("/forms/everything")
    page = await ade.send_form("/forms/everything", token=ALERT, back="inbox", origin=ALERT, **GOOD)
    assert "Thank you. It was sent." in page.text
    assert page.url.path == "/inbox"
    [sent] = desk(parts).sent
    assert (sent.form, sent.token, sent.who.external_id) == ("everything", ALERT, "1")
    assert sent.values["tags"] == ["a", "b"]
    assert sent.values["seen"] == "2026-11-03"
    assert sent.values["who"] == str(BEA)


async def test_what_could_not_be_saved_is_said_on_a_page_that_leads_back_to_it(
    ade: Browser, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def submit(submission: Submission, **_: object) -> Reply:
        return Say("Sorry, this was not saved.", failed=True)

    monkeypatch.setattr(desk(parts), "submit", submit)
    await ade.open("/forms/everything")
    page = await ade.send_form("/forms/everything", token=ALERT, back="inbox", origin=ALERT, **GOOD)
    assert page.status_code == 503
    assert page.url.path == "/forms/everything"
    assert "Sorry, this was not saved. What you wrote is still there if you go back." in page.text


async def test_errors_stand_on_top_and_beside_each_field_and_values_are_kept(ade: Browser) -> None:
    await ade.open("/forms/everything")
    wrong = GOOD | {"answer:title": "x" * 21, "answer:seen:day": "31", "answer:grade": "", "answer:story": "<b>Kept"}
    page = await ade.send_form("/forms/everything", token=ALERT, back="inbox", origin=ALERT, **wrong)
    assert page.status_code == 422
    assert "<title>Please check: Tell us" in page.text
    summary = page.text[page.text.index('class="errors"') : page.text.index("<h1>")]
    assert '<a href="#field-title">In a few words: Keep this to 20 characters: it has 21.</a>' in summary
    assert '<a href="#field-seen">When? Give a real date, such as ' in summary
    assert "Grade: Choose one." in summary
    assert 'id="error-title"' in page.text
    assert 'aria-describedby="error-title" aria-invalid="true"' in page.text
    assert "&lt;b&gt;Kept" in page.text
    assert 'value="31"' in page.text
    assert 'value="b" checked' in page.text
    assert f'value="{BEA}" selected' in page.text
    assert 'name="answer:sure" value="on" checked' in page.text
    assert f'name="origin" value="{ALERT}"' in page.text


@pytest.mark.parametrize("typed", ["Bea Cole", "bea cole", "bea"])
async def test_a_colleague_can_be_typed_by_name(ade: Browser, parts: Parts, typed: str) -> None:
    await ade.open("/forms/everything")
    answers = {key: value for key, value in GOOD.items() if key != "answer:who"} | {"answer:who:person": typed}
    await ade.send_form("/forms/everything", **answers)
    assert desk(parts).sent[0].values["who"] == str(BEA)


async def test_a_name_that_fits_several_is_asked_again(ade: Browser) -> None:
    await ade.open("/forms/everything")
    answers = {key: value for key, value in GOOD.items() if key != "answer:who"} | {"answer:who:person": "e"}
    page = await ade.send_form("/forms/everything", **answers)
    assert "Choose a person from the list." in page.text


async def test_many_colleagues_are_typed_with_suggestions(ade: Browser, store: Store) -> None:
    with store.transaction() as session:
        session.add_all(Person(name=f"Sam {n:03}", email=f"sam{n}@council.example") for n in range(120))
    page = (await ade.open("/forms/everything")).text
    assert '<datalist id="people">' in page
    assert '<option value="Sam 119">' in page


async def test_words_can_be_chosen_or_typed(ade: Browser) -> None:
    page = await ade.open("/words")
    assert "What is waiting for you" in page.text
    answer = await ade.send_form("/words", word=" nominate Bea Cole ")
    assert str(answer.url).endswith("/words/nominate?rest=Bea+Cole")
    assert 'value="Bea Cole"' in answer.text


async def test_an_open_page_hears_at_once_what_it_has_not_seen(ade: Browser) -> None:
    answer = (await ade.get("/inbox/changes", params={"seen": "1-0"})).json()
    assert answer == {"seen": "2-0", "changed": True}


async def test_an_open_page_is_woken_by_the_bell(
    new_browser: Callable[[Parts], Browser], store: Store, parts: Parts
) -> None:
    browser = new_browser(parts)
    await browser.sign_in(parts, ADE)
    waiting = asyncio.create_task(browser.get("/inbox/changes", params={"seen": "2-0"}))
    await turns()
    assert not waiting.done()
    with store.transaction() as session:
        session.add(world.notice("new", ADE, "news", sent_at=world.NOW + timedelta(minutes=1)))
    parts.bell.ring(ADE)
    answer = await within(waiting)
    assert answer.json() == {"seen": "3-0", "changed": True}


async def test_the_bell_rings_for_its_person_only_and_forgets_who_left() -> None:
    bell = Bell()
    mine, yours = asyncio.create_task(bell.wait(1, LONG)), asyncio.create_task(bell.wait(2, 0))
    await asyncio.sleep(0)
    bell.ring(1)
    assert await mine is True
    assert await yours is False
    assert bell._waiting == {}


async def test_an_empty_inbox_says_so(new_browser: Callable[[Parts], Browser], parts: Parts) -> None:
    browser = new_browser(parts)
    page = await browser.sign_in(parts, world.QUINN)
    assert "There is nothing here yet." in page.text


async def test_a_redrawn_card_changes_what_an_open_page_has_seen(ade: Browser, store: Store) -> None:
    with store.transaction() as session:
        row = session.exec(select(Notice).where(Notice.token == ALERT)).one()
        row.wanted += 1
    answer = (await ade.get("/inbox/changes", params={"seen": "2-0"})).json()
    assert answer == {"seen": "2-1", "changed": True}


def always(moment: datetime | None) -> Callable[[], datetime | None]:
    return lambda: moment


async def test_a_running_health_check_follows_the_last_whole_tick(
    new_browser: Callable[[Parts], Browser], parts: Parts
) -> None:
    for age, status in ((timedelta(0), 200), (timedelta(minutes=3), 200), (timedelta(minutes=4), 503), (None, 503)):
        last = world.NOW - age if age is not None else None
        answer = await new_browser(replace(parts, last_tick=always(last))).get("/health")
        assert (answer.status_code, answer.json()["ok"]) == (status, status == 200)


def chat(standing: Standing, **values: Any) -> AdapterState:
    return AdapterState("slack", standing, world.NOW, **values)


@pytest.mark.parametrize(
    ("state", "degraded", "said"),
    [
        (chat(Standing.running), False, {}),
        (chat(Standing.away, why="Slack was away."), True, {"why": "Slack was away."}),
        (chat(Standing.refused, why="The token was revoked."), True, {"why": "The token was revoked."}),
        (chat(Standing.running, trouble="Socket Mode is closed."), True, {"why": "Socket Mode is closed."}),
        (chat(Standing.running, ends=world.NOW), False, {"secret_ends": world.NOW.isoformat()}),
    ],
)
async def test_health_says_how_it_is_with_each_chat(
    new_browser: Callable[[Parts], Browser], parts: Parts, state: AdapterState, degraded: bool, said: dict[str, str]
) -> None:
    browser = new_browser(replace(parts, last_tick=lambda: world.NOW, chats=lambda: [state]))
    answer = await browser.get("/health")
    assert answer.status_code == 200
    assert answer.json()["degraded"] is degraded
    expected = {"state": state.standing.value, "since": world.NOW.isoformat(), **said}
    assert answer.json()["chats"] == {"slack": expected}


@pytest.mark.parametrize("trouble", ["", "The machine's clock jumped: it is 7 days ahead."])
async def test_health_and_the_programme_say_that_the_machines_clock_jumped(
    new_browser: Callable[[Parts], Browser], parts: Parts, trouble: str
) -> None:
    browser = new_browser(replace(parts, last_tick=lambda: world.NOW, clock_trouble=lambda: trouble))
    body = (await browser.get("/health")).json()
    assert (body["ok"], body["degraded"], body["clock"]) == (True, bool(trouble), trouble or "well")


@pytest.mark.parametrize(
    ("days", "degraded", "said"),
    [("2099-01-01", False, ""), ("2026-12-20", False, "is 20 December 2026"), ("2026-05-15", True, "was 15 May 2026")],
)
async def test_health_says_that_a_calendar_on_which_somebody_rests_runs_out(
    new_browser: Callable[[Parts], Browser], parts: Parts, tmp_path: Path, days: str, degraded: bool, said: str
) -> None:
    text = f"""
extends: newham
calendar: {{practice-week: {{rule: NEW-ACT-15, days: [{days}]}}}}
activities: {{practice-learning-review: {{rest: {{practice-lead: practice-week}}}}}}
"""
    (tmp_path / "ours.yaml").write_text(text, "utf-8")
    framework = load(tmp_path / "ours.yaml", [Path("frameworks")])
    browser = new_browser(replace(parts, last_tick=lambda: world.NOW, framework=framework))
    body = (await browser.get("/health")).json()
    assert (body["ok"], body["degraded"]) == (True, degraded)
    if said:
        assert body["calendar"]["practice-week"].startswith(f"the last day of this period {said}")
    else:
        assert body["calendar"] == "well"


async def test_whoever_is_away_reads_it_above_the_newest_card_with_a_button_that_ends_it(
    ade: Browser, parts: Parts
) -> None:
    assert isinstance(parts.desk, SmallDesk)
    assert "You are away" not in (await ade.open("/inbox")).text
    parts.desk.absent = {ADE}
    page = (await ade.open("/inbox")).text
    newest = page.split('<span id="newest"></span>')[1]
    before_the_card = newest.split("<article")[0]
    assert "You are away until 4 December 2026. Until then, what is due goes to Bea Cole." in before_the_card
    assert page.count("I am back</button>") == before_the_card.count("I am back</button>") == 1
    place = re.search(r'name="origin" value="(.*?)"', before_the_card)
    assert place is not None
    pressed = {"action": "back", "token": "", "back": "inbox", "origin": place[1]}
    answer = await ade.send_form("/press", follow=False, **pressed)
    assert (parts.desk.pressed[-1].action, parts.desk.pressed[-1].token) == ("back", "")
    assert answer.headers["location"] == "/inbox#newest"
    said = (await ade.open("/inbox")).text.split('<span id="newest"></span>')[1].split("<article")[0]
    assert "This button is from an older message." in said


async def test_whoever_is_away_and_has_no_card_reads_it_too(
    new_browser: Callable[[Parts], Browser], parts: Parts
) -> None:
    assert isinstance(parts.desk, SmallDesk)
    parts.desk.absent = {world.QUINN}
    browser = new_browser(parts)
    page = (await browser.sign_in(parts, world.QUINN)).text
    assert "There is nothing here yet." in page
    assert page.count("I am back</button>") == 1
