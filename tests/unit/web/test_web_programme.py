"""The programme's pages: who may see them, what they show, and the log as a file."""

import csv
import html
import io
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlmodel import Session, select

from qabot.delivery.supervisor import AdapterState, Standing
from qabot.models import Absence, Audit, Cycle, Deadline, Event, Notice, NoticeState, Person, RoleHolding, Store
from qabot.web import owed
from qabot.web.ports import Parts
from tests.support.pages import read
from tests.support.world import tools
from tests.unit.web import world
from tests.unit.web.conftest import Browser, events
from tests.unit.web.world import ADE, DEADLINE, NOW, QUINN

FILES = ["/log.csv", "/log.xlsx", "/owed.csv", "/notices.xlsx", "/people.xlsx"]
PAGES = ["", f"/deadlines/{DEADLINE}", "/notices", "/log", "/people", *FILES]


@pytest.mark.parametrize("path", PAGES)
async def test_others_are_told_plainly_that_it_is_not_for_them(ade: Browser, path: str) -> None:
    page = await ade.open(f"/programme{path}")
    assert page.status_code == 403
    assert "open to the Quality Assurance Service and administrators" in page.text
    assert "QA-1042" not in page.text


@pytest.mark.parametrize("path", PAGES)
async def test_quality_assurance_sees_every_page(quinn: Browser, path: str) -> None:
    assert (await quinn.open(f"/programme{path}")).status_code == 200


async def test_every_page_and_the_health_say_that_a_pilot_runs_and_what_it_holds(
    new_browser: Callable[[Parts], Browser], parts: Parts, store: Store
) -> None:
    with store.transaction() as session:
        notice = session.exec(select(Notice).where(Notice.recipient_id == ADE)).first()
        assert notice is not None
        notice.state = NoticeState.held
        session.add(notice)
        quinn_is = session.get_one(Person, QUINN)
        name, address = quinn_is.name, quinn_is.email
    quinn = new_browser(replace(parts, pilot=(address, "nobody@council.example"), last_tick=lambda: NOW))
    await quinn.sign_in(parts, QUINN)
    for path in ("", f"/deadlines/{DEADLINE}", "/notices", "/log", "/people"):
        page = (await quinn.open(f"/programme{path}")).text
        assert f"Sent to: {name}; to nobody else. Held: 1 notice" in page, path
        assert "Nobody here has these addresses: nobody@council.example." in page
    assert "Held back" in (await quinn.open("/programme/notices?state=held")).text
    body = (await quinn.get("/health")).json()
    assert body["pilot"] == {"people": 1, "held": 1, "alerts_held": int(notice.lane == "alert")}
    assert body["degraded"] is False


@pytest.mark.parametrize("path", ["", f"/deadlines/{DEADLINE}", "/notices", "/log", "/people"])
async def test_every_page_says_which_chat_does_not_work(
    new_browser: Callable[[Parts], Browser], parts: Parts, path: str
) -> None:
    states = [
        AdapterState("slack", Standing.refused, NOW, "The token was <b>revoked</b>."),
        AdapterState("teams", Standing.running, NOW, ends=NOW),
        AdapterState("email", Standing.running, NOW),
    ]
    quinn = new_browser(replace(parts, chats=lambda: states))
    await quinn.sign_in(parts, QUINN)
    page = (await quinn.open(f"/programme{path}")).text
    assert "Slack has not let qabot in since" in page
    assert "The token was &lt;b&gt;revoked&lt;/b&gt;. Alerts go to the web inbox" in page
    assert "The secret with which qabot signs in to Teams ends on" in page
    assert "Email" not in page.split("<h1>")[0]


async def test_the_programme_says_that_the_machines_clock_jumped(
    new_browser: Callable[[Parts], Browser], parts: Parts
) -> None:
    quinn = new_browser(replace(parts, clock_trouble=lambda: "The machine's clock jumped: it is 7 days ahead."))
    await quinn.sign_in(parts, QUINN)
    assert "clock jumped: it is 7 days ahead." in (await quinn.open("/programme")).text


async def test_an_administrator_sees_the_programme(ade: Browser, store: Store) -> None:
    with store.transaction() as session:
        row = session.get(Person, ADE)
        assert row is not None
        row.administrator = True
    assert (await ade.open("/programme")).status_code == 200


async def test_a_role_counts_only_while_it_is_held(quinn: Browser, store: Store) -> None:
    with store.transaction() as session:
        held = session.exec(select(RoleHolding)).one()
        held.to_on = date(2026, 11, 22)
    assert (await quinn.open("/programme")).status_code == 403


async def test_alerts_that_nobody_has_acknowledged_are_counted_and_a_link_shows_them(
    quinn: Browser, store: Store
) -> None:
    words = "<dt>Alerts that nobody has acknowledged yet</dt>"
    page = (await quinn.open("/programme?state=met&kind=audit")).text
    assert f"{words}<dd>1 <a" in page
    assert ">Show it<span" in page
    link = page.split(words)[1].split('href="')[1].split('"')[0]
    shown = (await quinn.open(link)).text
    assert shown.count('href="/programme/deadlines/') == shown.count(f'href="/programme/deadlines/{DEADLINE}"') == 1
    with store.transaction() as session:
        session.exec(select(Deadline).where(Deadline.token == DEADLINE)).one().state = "met"
    assert f"{words}<dd>0</dd>" in (await quinn.open("/programme")).text


async def test_who_owes_what_is_filtered_by_team_kind_and_state(quinn: Browser) -> None:
    def rows(text: str) -> int:
        return text.count('href="/programme/deadlines/')

    page = await quinn.open("/programme")
    assert rows(page.text) == 1
    assert "Open, date has passed" in page.text
    assert "0 of 1 submitted" in page.text
    for query, count in (
        ("state=all", 2),
        ("state=met", 1),
        ("state=past", 1),
        ("state=all&kind=audit", 1),
        ("state=all&team=1", 1),
        ("state=all&team=99", 0),
        ("state=all&page=2", 0),
        ("page=x&team=y", 1),
    ):
        assert rows((await quinn.open(f"/programme?{query}")).text) == count, query


async def test_long_lists_are_paged_and_keep_their_filters(quinn: Browser, store: Store) -> None:
    with store.transaction() as session:
        session.add_all(
            Deadline(kind="audit", rule="NEW-QUO-1", subject_type="audit", subject_id=1, ladder_id=1, opened_at=NOW)
            for _ in range(60)
        )
    first = await quinn.open("/programme?kind=audit")
    assert "60 deadlines, page 1 of 2" in first.text
    assert 'href="?kind=audit&amp;page=2"' in first.text
    assert (await quinn.open("/programme?kind=audit&page=2")).text.count('href="/programme/deadlines/') == 10


async def test_a_deadline_shows_its_ladder_in_words(quinn: Browser) -> None:
    page = (await quinn.open(f"/programme/deadlines/{DEADLINE}")).text
    line = page[page.index('class="ladder') :]
    states = [line.index(f">{state}<") for state in ("Done", "Next", "To come", "Not needed")]
    assert states == sorted(states)
    assert "The Service Manager and the Head of Service are alerted" in page
    assert "Confirm before go-live" in page
    assert "When it opened" in page
    assert "Deadline opened" in page
    assert (await quinn.open("/programme/deadlines/unknown")).status_code == 404


async def test_messages_are_called_by_their_titles(quinn: Browser, store: Store) -> None:
    titles = tools().catalogue.titles()
    for path in ("/programme/notices", f"/programme/deadlines/{world.DEADLINE}", "/audits/QA-1042"):
        page = html.unescape((await quinn.open(path)).text)
        assert titles["red-alert"] in page, path
        assert "Red alert" not in page, path


async def test_the_log_and_its_file_call_what_follows_by_its_title(quinn: Browser, store: Store) -> None:
    with store.transaction() as session:
        for what, detail in (("deadline-opened", {"kind": "red-review"}), ("duty-not-opened", {"duty": "pim-date"})):
            session.add(Event(at=NOW, what=what, subject_type="audit", subject_id=1, detail=detail))
    page, file = (await quinn.open("/programme/log")).text, (await quinn.get("/programme/log.csv")).text
    for words in ("Deadline opened", "Head of Service review", "Date of the Practice Improvement Meeting"):
        assert words in page, words
        assert words in file, words
    for name in ("red-review", "pim-date", "kind"):
        assert name not in file, name


async def test_notices_are_filtered_by_state_and_lane(quinn: Browser) -> None:
    assert "3 notices" in (await quinn.open("/programme/notices")).text
    assert "1 notice<" in (await quinn.open("/programme/notices?lane=due")).text
    assert "Nothing fits" in (await quinn.open("/programme/notices?state=failed")).text


async def test_people_shows_where_each_is_reached_and_who_is_away(quinn: Browser) -> None:
    page = (await quinn.open("/programme/people")).text
    assert page.index("Ade Bello") < page.index("Bea Cole")
    assert "Slack: not reachable, deactivated" in page
    assert "Until 27 November 2026" in page
    assert "Gil Gone" not in page
    assert 'href="/forms/away"' in page
    assert "1 person<" in (await quinn.open("/programme/people?name=BEA")).text
    assert "Nobody has a name like that." in (await quinn.open("/programme/people?name=%25")).text


async def test_people_stand_by_name_as_anybody_sorts_names(quinn: Browser, store: Store) -> None:
    """With accents or without, in capitals or not; a database sorts them by the numbers of their letters."""
    names = ["Özlem Aydın", "Oscar Lee", "Zoe Adams", "Émile Noir", "eve Short"]
    with store.transaction() as session:
        session.add_all(
            Person(name=name, email=f"n{number}@council.example") for number, name in enumerate([*names, "Oscar Lee"])
        )
    words = read((await quinn.open("/programme/people")).text).words()
    found = sorted((words.index(name), name) for name in ("Bea Cole", *names))
    assert [name for _, name in found] == [
        "Bea Cole",
        "Émile Noir",
        "eve Short",
        "Oscar Lee",
        "Özlem Aydın",
        "Zoe Adams",
    ]


async def test_the_log_is_filtered_by_what_who_and_day(quinn: Browser) -> None:
    for query, found in (
        ("", "3 events"),
        ("what=acknowledged", "1 event<"),
        ("actor=ade", "1 event<"),
        ("from=2026-11-24", "Nothing fits"),
        ("to=2026-11-22", "Nothing fits"),
        ("from=2026-11-23&to=2026-11-23", "3 events"),
    ):
        assert found in (await quinn.open(f"/programme/log?{query}")).text, query
    assert (await quinn.open("/programme/log?from=yesterday")).status_code == 400


async def test_the_log_as_a_file_opens_safely_in_a_spreadsheet(quinn: Browser, store: Store) -> None:
    answer = await quinn.get("/programme/log.csv?what=acknowledged")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="qabot-log-2026-11-23.csv"'
    head, row = csv.reader(io.StringIO(answer.text.removeprefix("\ufeff")))
    assert head[:3] == ["When (England)", "What", "Who"]
    assert row[:3] == ["2026-11-23 09:30:00", "Acknowledged", "Ade Bello"]
    assert row[5] == "'=cmd|'/C calc'!A0"
    assert [event.actor_id for event in events(store, "log-exported")] == [QUINN]


async def test_the_log_names_who_was_told(quinn: Browser, store: Store) -> None:
    with store.transaction() as session:
        session.add(Event(at=NOW, what="sent", detail={"message": "red-alert", "recipient": ADE}))
    page = (await quinn.open("/programme/log?what=sent")).text
    assert "An alert to acknowledge; for Ade Bello" in page


async def test_a_long_log_is_exported_whole(quinn: Browser, store: Store) -> None:
    with store.transaction() as session:
        session.add_all(Event(at=NOW, what="sent") for _ in range(4100))
    lines = (await quinn.get("/programme/log.csv?what=sent")).text.splitlines()
    assert len(lines) == 4101


async def test_people_shows_the_next_absence_before_it_begins(quinn: Browser, store: Store) -> None:
    with store.transaction() as session:
        for first, last in ((date(2027, 1, 4), date(2027, 1, 8)), (date(2026, 12, 1), date(2026, 12, 4))):
            session.add(Absence(person_id=ADE, from_on=first, to_on=last))
    assert "From 1 December 2026 to 4 December 2026" in (await quinn.open("/programme/people")).text


async def test_the_log_names_both_people_of_a_handing_over_and_the_deputy(quinn: Browser, store: Store) -> None:
    with store.transaction() as session:
        session.add(Event(at=NOW, what="audit-reassigned", detail={"before": ADE, "after": world.BEA}))
        session.add(Event(at=NOW, what="moderated", detail={"before": "red", "after": "amber"}))
        session.add(Event(at=NOW, what="away", detail={"until": "2026-12-04", "deputy": QUINN}))
    page = (await quinn.open("/programme/log")).text
    for words in (
        "From Ade Bello to Bea Cole",
        "From RED (Inadequate) to AMBER (Requires improvement)",
        "Quinn Achebe covers",
    ):
        assert words in page, words


async def test_the_log_names_everybody_of_a_list_and_counts_what_has_no_name(quinn: Browser, store: Store) -> None:
    with store.transaction() as session:
        session.add(Event(at=NOW, what="alert-handed-on", detail={"to": [ADE, QUINN]}))
        session.add(Event(at=NOW, what="held", detail={"notices": [7, 8, 9]}))
        session.add(Event(at=NOW, what="text-blocked", detail={"fields": ["difference", "what"]}))
    page, file = (await quinn.open("/programme/log")).text, (await quinn.get("/programme/log.csv")).text
    for words in ("To Ade Bello and Quinn Achebe", "3 messages", "In Difference and What"):
        assert words in page, words
        assert words in file, words


async def test_what_nobody_can_see_is_in_no_row_of_the_log(quinn: Browser, store: Store) -> None:
    with store.transaction() as session:
        session.add(
            Event(at=NOW, what="held", why="\u202ekcab \x1b[2Jhere\u200b", detail={"remark": "\u2066in\x07side"})
        )
    page, file = (await quinn.open("/programme/log")).text, (await quinn.get("/programme/log.csv")).text
    for said in (page, file.removeprefix("\ufeff")):
        assert "kcab [2Jhere" in said
        assert "inside" in said
        assert not re.search("[\x00-\x08\x1b\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]", said)


async def test_the_log_says_days_and_moments_as_people_in_england_write_them(quinn: Browser, store: Store) -> None:
    with store.transaction() as session:
        session.add(Event(at=NOW, what="held", detail={"until": "2026-11-24T09:30:00+00:00"}))
        session.add(Event(at=NOW, what="snoozed", detail={"until": "2027-06-01T11:00:00+00:00"}))
        session.add(Event(at=NOW, what="away", detail={"until": "2026-12-04"}))
        session.add(Event(at=NOW, what="answered-not-yet", detail={"expected": "2026-12-11"}))
        session.add(Event(at=NOW, what="cycle-made", detail={"starts": "2027-01-01"}))
        session.add(Event(at=NOW, what="pim-date", detail={"date": "2026-12-15"}))
    page, file = (await quinn.open("/programme/log")).text, (await quinn.get("/programme/log.csv")).text
    for words in (
        "Until 24 November 2026 at 9:30am",
        "Until 1 June 2027 at midday",
        "Until 4 December 2026",
        "New date 11 December 2026",
        "From 1 January 2027",
        "Date 15 December 2026",
    ):
        assert f">{words}<" in page, words
        assert f",{words}\r\n" in file, words


def test_a_cycle_that_runs_is_there_however_many_have_begun_since(store: Store) -> None:
    """A year's and a quarter's, beside those of every month that are over."""
    today = date(2027, 3, 20)

    def add(session: Session, name: str, starts: date, due: date) -> None:
        cycle = Cycle(activity=name, name=f"{name} {starts}", starts_on=starts, due_on=due, created_at=NOW)
        session.add(cycle)
        session.flush()
        session.add(
            Audit(
                reference=f"{name}-{starts}",
                activity=name,
                cycle_id=cycle.id,
                auditor_id=ADE,
                due_on=due,
                allocated_at=NOW,
            )
        )

    with store.transaction() as session:
        add(session, "yearly", date(2026, 4, 1), date(2027, 3, 31))
        for month in range(1, 13):
            for name in ("monthly", "often"):
                start = date(2026 + (month + 2) // 12, (month + 2) % 12 + 1, 1)
                add(session, name, start, (start + timedelta(days=31)).replace(day=1) - timedelta(days=1))
    with store.transaction() as session:
        shown = [(each.activity, each.starts) for each in owed.cycles(session, today, {})]
    assert ("Yearly", date(2026, 4, 1)) in shown
    assert shown[:2] == [("Monthly", date(2027, 3, 1)), ("Often", date(2027, 3, 1))]
    assert len(shown) == 12
    assert [day for _, day in shown] == sorted((day for _, day in shown), reverse=True)
