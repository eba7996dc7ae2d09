"""What is wrong today and what will be sent: over HTTP, in a small council that really ticks and sends."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import event

from qabot.framework.calendar import local_day
from qabot.messaging.values import weekday
from qabot.models import Audit, Deadline, Notice, NoticeState
from qabot.web.drawing import behind
from qabot.web.paged import PAGE
from qabot.workflows.core.unit import Unit
from qabot.workflows.core.views import title_of
from qabot.workflows.verbs import moderations
from tests.support.pages import Page
from tests.support.small_council import PEOPLE
from tests.support.web_platform import OnWeb, on_web

TODAY, COMING = "/programme/today", "/programme/coming"
FILE = f"{COMING}.csv"


@pytest.fixture
async def web(tmp_path: Path) -> AsyncIterator[OnWeb]:
    async with on_web(tmp_path) as platform:
        yield platform


def part(page: Page, title: str) -> str:
    """The words of a page under one of its headings."""
    titles = [each.words() for each in page.root.all("h2")]
    following = titles[titles.index(title) + 1 :]
    words = page.words.split(title)[-1]
    return words.split(following[0])[0] if following else words


def links(page: Page) -> list[str]:
    return [each.attrs.get("href", "") for each in page.root.all("a")]


async def rows(web: OnWeb, query: str = "") -> list[dict[str, str]]:
    # A page that takes no time lets them in; to look at what is to come takes the longest.
    await web.open("quinn", "/calendar")
    answer = await web.browsers["quinn"].get(f"{FILE}{query}")
    return list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))


async def test_only_quality_assurance_and_administrators_open_them(web: OnWeb) -> None:
    web.world.change("ewan", administrator=True)
    opened: dict[str, list[int]] = {}
    for person in PEOPLE:
        await web.open(person, "/inbox")
        opened[person] = [(await web.browsers[person].get(path)).status_code for path in (TODAY, COMING, FILE)]
    assert {person for person, codes in opened.items() if codes == [200] * 3} == {"quinn", "rowan", "ewan"}
    assert {tuple(codes) for codes in opened.values()} == {(200, 200, 200), (403, 403, 403)}
    assert web.world.events("coming-exported")[0].actor_id == web.world.ids["quinn"]


async def test_an_empty_council_has_nothing_wrong_and_today_is_first_in_the_menu(web: OnWeb) -> None:
    page = await web.open("quinn", TODAY)
    assert "Everything of the last two weeks was delivered" in page.words
    assert "There are none" in part(page, "Alerts that nobody has acknowledged")
    menu = next(each for each in page.root.all("nav") if each.attrs.get("aria-label") == "Programme")
    assert [each.attrs["href"] for each in menu.all("a")][:2] == [TODAY, COMING]


async def test_an_alert_says_its_age_who_was_told_and_who_is_next(web: OnWeb) -> None:
    audit = await web.world.graded("red")
    await web.world.forward("90 minutes")
    seen = part(await web.open("quinn", TODAY), "Alerts that nobody has acknowledged")
    deadline = web.world.deadline("alert", audit)
    told = {
        web.world.name(each.recipient_id)
        for each in web.world.notices(deadline_id=deadline.id, lane="alert", state="sent")
    }
    assert told
    assert all(PEOPLE[each].name in seen for each in told)
    assert audit.reference in seen
    assert "1 hour" in seen
    said = [row for row in await rows(web) if row["Lane"] == "Alert" and row["About"] == audit.reference]
    assert said[0]["To"] in seen
    assert f"/programme/deadlines/{deadline.token}" in links(await web.open("quinn", TODAY))
    await web.world.acknowledge("mina", audit)
    assert "There are none" in part(await web.open("quinn", TODAY), "Alerts that nobody has acknowledged")


async def test_many_alerts_do_not_hide_which_meetings_have_no_date(web: OnWeb) -> None:
    """The question has its answer above all lists; alerts beyond a few open on asking, and none is missing."""
    audits = [await web.world.graded("red") for _ in range(8)]
    page = await web.open("quinn", TODAY)
    above = page.words.split("Told")[0]
    for each in audits[:5]:
        assert f"{each.reference} (" in above
    assert f"and {len(audits) - 5} more." in above
    [more] = [each for each in page.root.all("details") if "other alerts" in each.words()]
    assert "3 other alerts" in more.words()
    closed = {each.reference for each in audits if each.reference in more.words()}
    assert closed == {each.reference for each in audits[5:]}
    assert all(each.reference in part(page, "Alerts that nobody has acknowledged") for each in audits)
    ticks = [each.attrs["value"] for each in more.all("input") if each.attrs.get("form") == "ticked"]
    assert len(ticks) == 3


async def test_an_alert_that_was_a_mistake_is_withdrawn_from_there_with_a_reason(web: OnWeb) -> None:
    audit = await web.world.graded("red")
    page = await web.open("quinn", TODAY)
    [form] = [each for each in page.root.all("form") if "Withdraw the alert about" in each.words()]
    given = {each.attrs["name"]: each.attrs["value"] for each in form.all("input")}
    assert form.attrs["action"] == "/press"
    await web.submit("quinn", given["action"], given["token"], {"why": "other", "sure": True})
    assert web.world.deadline("alert", audit, state="withdrawn").closed_why
    assert "There are none" in part(await web.open("quinn", TODAY), "Alerts that nobody has acknowledged")


async def test_a_low_grade_without_a_meeting_date_is_there_until_it_has_one(web: OnWeb) -> None:
    audit = await web.world.graded("red")
    seen = part(await web.open("quinn", TODAY), "Meetings without a date")
    assert "Date of the Practice Improvement Meeting" in seen
    assert audit.reference in seen
    day = (local_day(web.world.clock.now()) + timedelta(days=3)).isoformat()
    token = web.world.deadline("pim-date", audit).token
    await web.submit("mina", "answer", token, {"meeting-date": day, "chair": PEOPLE["hanif"].name})
    assert "There are none" in part(await web.open("quinn", TODAY), "Meetings without a date")


async def test_what_is_late_stands_by_service_and_person_and_is_handed_over_from_there(web: OnWeb) -> None:
    ours = await web.world.audit("cyrus", team="east", due="2026-11-24")
    theirs = await web.world.audit("ade", team="beckton", due="2026-11-25")
    await web.world.advance("2026-11-27 10:00")
    page = await web.open("quinn", TODAY)
    seen = part(page, "Past their date")
    assert seen.index(ours.reference) < seen.index(theirs.reference)
    assert "3 days" in seen.split(theirs.reference)[0]
    token = web.world.deadline("audit", ours).token
    address = next(each for each in links(page) if each.startswith(f"/act?do=hand-over&d={token}"))
    assert "Who takes it on?" in (await web.open("quinn", address)).words
    assert token in [each.attrs["value"] for each in page.root.all("input") if each.attrs.get("form") == "ticked"]
    number = web.world.ids["safeguarding"]
    one = part(await web.open("quinn", f"{TODAY}?service={number}"), "Past their date")
    assert theirs.reference in one
    assert ours.reference not in one


async def test_help_is_answered_from_there(web: OnWeb) -> None:
    audit = await web.world.audit("cyrus", team="east")
    await web.world.press_token("cyrus", "more-time", web.world.deadline("audit", audit).token)
    page = await web.open("quinn", TODAY)
    assert PEOPLE["cyrus"].name in part(page, "Asked for help, and not answered")
    address = next(each for each in links(page) if each.startswith("/forms/help-answer"))
    assert "What became of it?" in (await web.open("quinn", address)).words
    web.world.change("ewan", administrator=True)
    assert not [each for each in links(await web.open("ewan", TODAY)) if each.startswith("/forms/help-answer")]


async def test_what_could_not_be_delivered_is_there_while_it_is_asked_for(web: OnWeb) -> None:
    audit = await web.world.graded("red")
    notice = web.world.notices(deadline_id=web.world.deadline("alert", audit).id, state="sent")[0]

    def fail(unit: object) -> None:
        row = unit.session.get(type(notice), notice.id)  # type: ignore[attr-defined]
        row.state, row.reason = NoticeState.failed, "no chat took it"

    await web.world.run(fail)
    assert "No chat took it" in part(await web.open("quinn", TODAY), "Not delivered")
    await web.world.acknowledge("mina", audit)
    assert "No chat took it" not in part(await web.open("quinn", TODAY), "Not delivered")


async def test_nobody_reads_there_of_work_of_their_own(web: OnWeb) -> None:
    web.world.change("sofia", administrator=True)
    audit = await web.world.graded("red")
    assert web.world.name(audit.practitioner_id) == "sofia"
    for path in (TODAY, f"{COMING}?day="):
        assert audit.reference in (await web.open("quinn", path)).words
        assert audit.reference not in (await web.open("sofia", path)).words


async def test_nor_in_who_owes_what_nor_among_the_messages(web: OnWeb) -> None:
    """What one list keeps from somebody no other tells: the page, its file, its counts, the page of one line."""
    web.world.change("sofia", administrator=True)
    audit = await web.world.graded("red")
    for path in ("/programme", "/programme/owed.csv", "/programme/notices", "/programme/notices.csv"):
        seen = {}
        for person in ("quinn", "sofia"):
            await web.open(person, "/inbox")
            seen[person] = (await web.browsers[person].get(path)).text
        assert audit.reference in seen["quinn"], path
        assert audit.reference not in seen["sofia"].replace("/people/", ""), path
    alert = f"/programme/deadlines/{web.world.deadline('alert', audit).token}"
    assert [(await web.open(person, alert)).status for person in ("quinn", "sofia")] == [200, 404]
    assert "Alerts that nobody has acknowledged yet 1" in (await web.open("quinn", "/programme")).words
    assert "Alerts that nobody has acknowledged yet 0" in (await web.open("sofia", "/programme")).words


async def test_whoever_looks_a_second_time_finds_that_and_not_what_they_are_to_judge(web: OnWeb) -> None:
    web.world.change("hanif", administrator=True)
    audit = await web.world.graded("green", "bea")

    ladder = web.world.deadline("audit", audit, state="met").ladder_id

    def draw(unit: Unit) -> None:
        look = moderations.draw_by_hand(unit, unit.session.get_one(Audit, audit.id), web.world.ids["hanif"])
        of_look: dict[str, Any] = {"kind": "moderation", "subject_type": "moderation", "subject_id": look.id}
        unit.session.add(
            Deadline(**of_look, rule="NEW-MOD-2", owner_id=look.moderator_id, ladder_id=ladder, opened_at=unit.now)
        )

    await web.world.run(draw)
    page = await web.open("hanif", "/programme?state=all")
    assert f"Moderation of {audit.reference}" in page.words
    assert f"Practice Learning Review about {audit.reference}" not in page.words
    assert (
        f"Practice Learning Review about {audit.reference}" in (await web.open("quinn", "/programme?state=all")).words
    )


async def test_what_is_said_to_come_is_what_is_sent(web: OnWeb) -> None:
    """The page says on the first day what two weeks without an answer then bring, notice for notice."""
    audit = await web.world.audit("cyrus", team="east", due="2026-12-01")
    red = await web.world.graded("red", auditor="dinah")
    kinds = web.world.deadline("alert", red).id, web.world.deadline("audit", audit).id
    said = await rows(web)
    last = local_day(web.world.clock.now()) + timedelta(days=14)
    sent_before = {each.id for each in web.world.notices() if each.state != NoticeState.planned}
    await web.world.advance(f"{last} 23:00")
    sent = sorted(
        (local_day(each.sent_at).isoformat(), PEOPLE[web.world.name(each.recipient_id)].name, each.rule)
        for each in web.world.notices()
        if each.id not in sent_before and each.state == NoticeState.sent and each.sent_at and each.deadline_id in kinds
    )
    titles = {title_of(kind, web.world.framework) for kind in ("alert", "audit")}
    foreseen = sorted(
        (each["Day"], each["To"], each["Rule"])
        for each in said
        if each["About"] in (audit.reference, red.reference) and {each["For"]} & titles
    )
    assert sent
    assert foreseen == sent


async def test_the_list_is_narrowed_by_the_address_and_runs_no_formula(web: OnWeb) -> None:
    await web.world.graded("red")
    web.world.change("hanif", name="=HYPERLINK(1)")
    every = await rows(web)
    assert {each["To"] for each in every} >= {"'=HYPERLINK(1)"}
    assert {each["Lane"] for each in await rows(web, "?lane=alert")} == {"Alert"}
    day = every[0]["Day"]
    assert {each["Day"] for each in await rows(web, f"?day={day}")} == {day}
    assert {each["To"] for each in await rows(web, "?name=hyper")} == {"'=HYPERLINK(1)"}
    page = await web.open("quinn", f"{COMING}?name=hyper")
    assert "The busiest day is" in page.words
    assert f"{FILE}?name=hyper" in links(page)
    page = await web.open("quinn", COMING)
    assert FILE in links(page)
    shown = [each.words() for each in page.root.all("h3")]
    days = list(dict.fromkeys(weekday(each["Day"]) for each in every))
    assert shown == days[: len(shown)]
    assert len(shown) > 1
    assert "Give dates such as" in (await web.open("quinn", f"{COMING}?day=soon")).words


async def test_a_full_week_is_at_a_glance_and_each_line_of_it_is_a_list(web: OnWeb) -> None:
    """More than a page: all days at once, and what each line says is what its list and its file have."""
    await web.world.audit("cyrus", team="east", due="2026-12-03")
    await web.world.graded("red")
    await web.world.graded("red", auditor="dinah")
    every = await rows(web)
    assert len(every) > PAGE
    page = await web.open("quinn", COMING)
    days = [weekday(date.fromisoformat(day)) for day in dict.fromkeys(each["Day"] for each in every)]
    assert [each.words() for each in page.root.all("h3")] == days
    assert "next page" not in page.words.casefold()
    lines = [cells for row in page.root.all("tr") if len(cells := row.all("td")) == 3]
    assert sum(int(many.words()) for _, many, _ in lines) == len(every)
    for what, many, to in lines:
        query = what.all("a")[0].attrs["href"].removesuffix("#list")
        listed = await rows(web, query)
        assert len(listed) == int(many.words())
        assert {each["Message"] for each in listed} == {what.all("a")[0].words().split(" on ")[0]}
        assert sorted({each["To"] for each in listed}) == sorted(each.words() for each in to.all("a"))
        assert f"{len(listed)} message" in (await web.open("quinn", f"{COMING}{query}")).words
    assert len(await rows(web, "?each=1")) == len(every)
    assert "page 1 of" in (await web.open("quinn", f"{COMING}?each=1")).words


async def test_more_of_it_asks_no_more_of_the_database(web: OnWeb) -> None:
    async def statements(path: str) -> int:
        counted: list[str] = []
        engine = web.world.nodes[0].store.engine
        listener = lambda *given: counted.append(given[2])  # noqa: E731
        event.listen(engine, "before_cursor_execute", listener)
        await web.open("quinn", path)
        event.remove(engine, "before_cursor_execute", listener)
        return len(counted)

    for auditor in ("cyrus", "dinah"):
        await web.world.graded("red", auditor=auditor)
        await web.world.audit(auditor, team="east", due="2026-11-23")
    await web.world.advance("2026-11-25 10:00")
    # From here on something waits to go, too.
    await web.world.graded("red")
    await web.world.tick()
    await web.open("quinn", TODAY)
    few = [await statements(path) for path in (TODAY, COMING)]
    for _ in range(4):
        await web.world.graded("red")
        await web.world.audit("cyrus", team="east", due="2026-11-24")
    await web.world.tick()
    await web.open("quinn", TODAY)
    assert [await statements(path) for path in (TODAY, COMING)] == few


async def first_to_come(web: OnWeb, lane: str = "due") -> tuple[Page, str]:
    """The page of the first message to come in a lane, and its address."""
    page = await web.open("quinn", f"{COMING}?each=1&lane={lane}")
    address = next(each for each in links(page) if each.startswith(f"{COMING}/message"))
    return await web.open("quinn", address), address


async def send(web: OnWeb, page: Page, button: str, **values: str) -> Page:
    form = page.form(button)
    return Page(await web.browsers["quinn"].post(form.action, data=dict(form.values) | values))


async def test_a_message_is_seen_before_it_goes_and_held_back_until_it_is_released(web: OnWeb) -> None:
    audit = await web.world.audit("cyrus", team="stratford", due="2026-12-01")
    page, address = await first_to_come(web)
    assert "How it reads" in page.words
    assert audit.reference in page.words
    assert "Choose a reason" in (await send(web, page, "Hold it back")).words
    held = await send(web, page, "Hold it back", why="talk")
    assert "It is held back" in held.words
    assert "Held back: Somebody talks with them first (Quinn Marsh)" in held.words
    assert "no longer to come" in (await web.open("quinn", address)).words
    to = web.world.notices(state="held")[0]
    await web.world.advance("2026-12-02 12:00")
    assert web.world.notices(id=to.id)[0].state == "held"
    assert [each.actor_id for each in web.world.events("held") if each.why.startswith("held back")] == [
        web.world.ids["quinn"]
    ]
    web.browsers.clear()
    page = await web.open("quinn", COMING)
    assert "It is released" in (await send(web, page, "Release")).words
    await web.world.forward("2 working days")
    released = web.world.notices(id=to.id)[0]
    assert (released.state, released.reason.startswith("held back")) == ("sent", False)


async def test_a_message_is_sent_before_its_time_once_and_an_alert_is_never_held(web: OnWeb) -> None:
    await web.world.audit("cyrus", team="stratford", due="2026-12-01")
    await web.world.tick()
    await web.world.advance("2026-11-24 12:00")
    web.browsers.clear()
    every = await rows(web)
    page, _ = await first_to_come(web)
    assert "gets it now" in (await send(web, page, "Send it now")).words
    await web.world.tick()
    early = web.world.events("said-early")[0].notice_id
    assert web.world.notices(id=early)[0].state == "sent"
    assert len(await rows(web)) == len(every) - 1
    await web.world.graded("red")
    page, _ = await first_to_come(web, "alert")
    assert "An alert is never held back" in page.words
    form = page.form("Send it now")
    values = dict(form.values) | {"why": "talk"}
    assert "never held back" in Page(await web.browsers["quinn"].post(f"{COMING}/hold", data=values)).words
    assert "To whom" in (await web.open("quinn", COMING)).words


async def test_who_would_get_more_than_one_message_on_a_day_is_said(web: OnWeb) -> None:
    assert "more than one message" not in (await web.open("quinn", COMING)).words or "Nobody gets" in (
        await web.open("quinn", COMING)
    )
    await web.world.graded("red")
    await web.world.graded("red", auditor="dinah")
    page = await web.open("quinn", COMING)
    often = next(each for each in page.root.all("details") if "more than one message on a day" in each.words())
    named = [each.words() for each in often.all("a")]
    assert len(named) == len(set(named))
    assert f"{len(named)} people get more than one message on a day" in often.words()
    assert sum(each.words().count(" on ") for each in often.all("li")) > len(named)


async def test_a_message_to_come_reads_as_it_does_when_it_goes(web: OnWeb) -> None:
    await web.world.graded("red")
    for lane in ("alert", "due"):
        page, address = await first_to_come(web, lane)
        shown = next(each.words() for each in page.root.all("article"))
        (person,) = parse_qs(urlsplit(address).query)["person"]
        at = (await rows(web, f"?lane={lane}"))[0]["From"]
        await web.world.advance(at[:16])
        web.browsers.clear()
        then = (await web.open("quinn", f"/people/{person}")).words
        assert shown.split(" You get this")[0] in then, lane


async def test_a_message_to_come_says_why_in_the_words_of_the_list(web: OnWeb) -> None:
    await web.world.audit("cyrus", team="stratford", due="2026-12-01")
    row = next(each for each in await rows(web) if each["Lane"] != "Alert")
    page, _ = await first_to_come(web)
    assert row["Why"] in page.words
    assert f"To come: {row['Message']}" in page.words


async def test_the_page_of_an_alert_that_waits_for_weeks_stays_short(web: OnWeb) -> None:
    audit = await web.world.graded("red")
    await web.world.forward("15 working days")
    deadline = web.world.deadline("alert", audit)
    page = await web.open("quinn", f"/programme/deadlines/{deadline.token}")
    ladder = next(each for each in page.root.all("ol") if "ladder" in each.attrs.get("class", ""))
    assert len(ladder.all("li")) < 8
    assert " times" in ladder.words()
    folded = " ".join(each.words() for each in page.root.all("details"))
    assert "An alert that is still waiting" in folded
    assert len(page.root.all("summary")) == 2


@pytest.mark.parametrize(
    ("kind", "subject", "read"),
    [
        ("Date of the meeting", "QA-1042", "about QA-1042"),
        (
            "Action of the Board",
            "Action of the Board 1 of the Board on 15 September 2026",
            "1 of the Board on 15 September 2026",
        ),
        ("Summary", "summary on 1 October 2026", "on 1 October 2026"),
        ("Summary", "Summary", "about Summary"),
        ("Action", "Actions of the year", "about Actions of the year"),
        ("", "QA-1042", "about QA-1042"),
    ],
)
def test_the_name_of_a_thing_is_not_read_aloud_twice(kind: str, subject: str, read: str) -> None:
    assert behind(subject, kind) == read


async def test_from_each_list_one_comes_to_what_is_done_with_the_ticked_lines(web: OnWeb) -> None:
    await web.world.graded("red")
    page = await web.open("quinn", TODAY)
    assert links(page).count("#ticked-do") == 2, "alerts, and meetings without a date"
    assert [each for each in page.root.all("select") if each.attrs.get("id") == "ticked-do"]


async def test_what_today_cuts_short_is_a_list_that_says_which_it_is(web: OnWeb) -> None:
    audit = await web.world.graded("red")
    await web.world.audit("cyrus", team="stratford", due="2026-12-01")
    for kind, said in (("alerts", "Alerts"), ("meetings", "Meetings without a date")):
        page = await web.open("quinn", f"/programme?kind={kind}#owed")
        chosen = [each.words() for each in page.root.all("option") if "selected" in each.attrs]
        assert said in chosen, kind
        assert "1 deadline" in page.words
        assert audit.reference in page.words
    notice = web.world.notices("mina", state="sent")[0]
    with web.world.nodes[0].store.transaction() as session:
        session.get_one(Notice, notice.id).state = NoticeState.failed
    page = await web.open("quinn", "/programme/notices?state=undelivered")
    assert "1 notice" in page.words
    assert "Not delivered" in [each.words() for each in page.root.all("option") if "selected" in each.attrs]
    file = await web.browsers["quinn"].get("/programme/notices.csv?state=undelivered")
    assert len(list(csv.DictReader(io.StringIO(file.text.removeprefix("\ufeff"))))) == 1
