"""A person's page: who may open whose, what it shows of what was sent, and what it never shows."""

import io
import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlmodel import select

from qabot.models import (
    Absence,
    Alert,
    Audit,
    Deadline,
    LadderSnapshot,
    Nomination,
    Notice,
    NoticeState,
    Person,
    Store,
    SurveyRound,
)
from qabot.web.ports import Parts
from qabot.workflows.core.unit import Unit
from qabot.workflows.people.page import page as person_page
from tests.support.world import World, newham
from tests.unit.web import world as small
from tests.unit.web.conftest import Browser, events
from tests.unit.web.world import ADE, BEA, GONE, NOW, QUINN

NewBrowser = Callable[[Parts], Browser]
ADMIN = 5
PEOPLE = (ADE, BEA, QUINN, GONE, ADMIN)
OPENS = {ADE: {ADE}, BEA: {BEA}, QUINN: set(PEOPLE), ADMIN: set(PEOPLE)}
"""Bea is away and Ade stands in for her; that opens nobody's page. Gil has left."""


@pytest.fixture(autouse=True)
def whole(store: Store) -> None:
    """An administrator too, and the ladder as it is in the file: cards are drawn from it."""
    with store.transaction() as session:
        session.get_one(LadderSnapshot, 1).body = (
            newham().every_ladder["red-alert"].model_dump(mode="json", by_alias=True)
        )
        session.add(Alert(audit_id=1, raised_at=NOW))
        session.add(Person(id=ADMIN, name="Adi Min", email="adi@council.example", administrator=True))


async def as_somebody(new_browser: NewBrowser, parts: Parts, person: int) -> Browser:
    browser = new_browser(parts)
    await browser.sign_in(parts, person)
    return browser


@pytest.mark.parametrize("reader", OPENS)
async def test_who_may_open_whose_page_and_what_is_recorded(
    new_browser: NewBrowser, parts: Parts, store: Store, reader: int
) -> None:
    browser = await as_somebody(new_browser, parts, reader)
    pages = {each: await browser.open(f"/people/{each}") for each in PEOPLE}
    assert {each for each, page in pages.items() if page.status_code == 200} == OPENS[reader]
    read = [(each.actor_id, each.subject_type, each.subject_id) for each in events(store, "person-page-read")]
    assert read == [(reader, "person", each) for each in PEOPLE if each in OPENS[reader] - {reader}]
    refused = {each.subject_id for each in events(store, "link-refused")}
    assert refused == set(PEOPLE) - OPENS[reader]
    nobody = await browser.open("/people/99")
    for each in set(PEOPLE) - OPENS[reader]:
        assert (pages[each].status_code, pages[each].text) == (404, nobody.text)
    for odd in ("x", "-1", "0", "9" * 30):
        assert (await browser.open(f"/people/{odd}")).status_code == 404


async def test_it_shows_what_was_sent_why_and_what_came_of_it(quinn: Browser) -> None:
    page = (await quinn.open("/people/1")).text
    for words in (
        "Ade Bello",
        "ade@council.example",
        "Alert to acknowledge",
        "when it opened",
        "Sent 23 November 2026, 8:30am",
        "Not answered. Still open",
        "<summary>The words",
        "not a copy of its text",
        "Stands in for others",
        '<a href="/people/2">Bea Cole</a>, 20 November 2026 to 27 November 2026',
        '<a href="/audits/QA-1042">QA-1042</a>',
        "1 audit",
    ):
        assert words in page, words
    assert 'action="/press"' not in page


async def test_of_what_a_colleague_owes_it_does_not_say_that_it_was_not_answered(quinn: Browser, store: Store) -> None:
    with store.transaction() as session:
        session.get_one(Deadline, 1).owner_id = BEA
    page = (await quinn.open("/people/1")).text
    assert "Still open, with Bea Cole" in page
    assert "Not answered. Still open" not in page


async def test_names_lead_there_for_whoever_may_open_them(quinn: Browser, ade: Browser) -> None:
    for path in (
        "/programme?state=all",
        "/programme/people",
        "/programme/notices",
        "/programme/log",
        "/audits/QA-1042",
    ):
        assert '<a href="/people/1">Ade Bello</a>' in (await quinn.open(path)).text, path
    record = (await ade.open("/audits/QA-1042")).text
    assert "Ade Bello" in record
    assert "/people/" not in record


async def test_a_long_list_has_pages_the_newest_first(quinn: Browser, store: Store) -> None:
    with store.transaction() as session:
        for each in range(60):
            at = NOW - timedelta(days=each + 1)
            session.add(small.notice(f"old-{each}", ADE, "due", message="red-alert", deadline_id=1, sent_at=at))
    first, second = (await quinn.open("/people/1")).text, (await quinn.open("/people/1?page=2")).text
    assert "61 messages, page 1 of 2" in first
    assert first.index("Sent 23 November 2026") < first.index("Sent 22 November 2026")
    assert (first.count("<summary>The words"), second.count("<summary>The words")) == (50, 11)


async def test_nothing_of_a_survey_is_there_whoever_looks(new_browser: NewBrowser, parts: Parts, store: Store) -> None:
    with store.transaction() as session:
        day, promise = NOW.date(), "anonymous"
        session.add(SurveyRound(duty="old-survey", rule="X", title="?", promise=promise, starts_on=day, ends_on=day))
        for number, kind in ((7, "old-survey"), (8, next(iter(parts.framework.surveys()), "old-survey"))):
            like = session.get_one(Deadline, 1).model_dump(exclude={"id", "token", "kind", "owner_id"})
            session.add(Deadline(**like, id=number, kind=kind, owner_id=ADE, token=f"survey-{number}"))
            session.flush()
            session.add(small.notice(f"s-{number}", ADE, "due", message="survey", deadline_id=number, reason="SECRET"))
    for reader in (ADE, QUINN):
        page = (await (await as_somebody(new_browser, parts, reader)).open("/people/1")).text
        assert "SECRET" not in page
        assert "1 message<" in page
        assert "survey-7" not in page


async def test_a_nomination_is_read_by_those_it_went_to_alone(
    new_browser: NewBrowser, parts: Parts, store: Store
) -> None:
    with store.transaction() as session:
        session.add(
            Nomination(
                id=1,
                nominee_id=ADE,
                nominator_id=BEA,
                submitted_at=NOW,
                seen_on=NOW.date(),
                what="Sat with a family all night",
                difference="They stayed together",
                seen_in="visit",
                once="1",
            )
        )
        session.flush()
        about: dict[str, Any] = {"subject_type": "nomination", "subject_id": 1, "rule": "NEW-GPE-1", "reason": "given"}
        session.add(small.notice("praise", ADE, "news", message="nomination-received", **about))
    own = (await (await as_somebody(new_browser, parts, ADE)).open("/people/1")).text
    assert "Sat with a family" in own
    other = (await (await as_somebody(new_browser, parts, QUINN)).open("/people/1")).text
    assert "Sat with a family" not in other
    assert "for those whom it names" in other


async def test_nobody_reads_there_what_followed_from_their_own_work(quinn: Browser, store: Store) -> None:
    with store.transaction() as session:
        session.get_one(Audit, 1).practitioner_id = QUINN
    page = (await quinn.open("/people/1")).text
    assert "0 messages" in page
    assert "RED" not in page
    assert "Alert" not in page


async def test_what_was_not_sent_is_not_called_sent(quinn: Browser, store: Store) -> None:
    with store.transaction() as session:
        for state in (NoticeState.planned, NoticeState.superseded, NoticeState.failed):
            session.add(small.notice(f"n-{state}", ADE, "due", state=state, reason=f"IN STATE {state}"))
    assert "IN STATE" not in (await quinn.open("/people/1")).text


async def test_a_message_whose_file_is_gone_says_so(quinn: Browser, store: Store) -> None:
    with store.transaction() as session:
        session.add(small.notice("gone", ADE, "due", message="no-such-message"))
    assert "its words cannot be shown" in (await quinn.open("/people/1")).text


async def test_absences_are_there_without_why(quinn: Browser, store: Store) -> None:
    with store.transaction() as session:
        session.add(Absence(person_id=BEA, from_on=NOW.date(), to_on=NOW.date()))
    page = (await quinn.open("/people/2")).text
    assert "20 November 2026 to 27 November 2026, Ade Bello stands in" in page
    assert "23 November 2026 to 23 November 2026<" in page


async def test_a_real_alert_has_its_words_as_they_were_and_who_answered(
    tmp_path: Path, new_browser: NewBrowser
) -> None:
    (tmp_path / "council").mkdir()
    council = await World.start(tmp_path / "council")
    audit = await council.graded("red")
    await council.forward("4 working hours")
    assert "red-alert" in council.messages("mina")
    await council.acknowledge("mina", audit)
    desk = council.nodes[0].desk
    parts = small.parts(
        council.nodes[0].store,
        clock=council.clock,
        people=lambda session, person, reader, *, skip, limit: person_page(
            desk.unit(session), person, reader, skip=skip, limit=limit
        ),
    )
    browser = await as_somebody(new_browser, parts, council.ids["quinn"])
    page = (await browser.open(f"/people/{council.ids['mina']}")).text
    assert f"{audit.reference} needs your support" in page
    assert "acknowledged" in page.casefold()
    assert "Not answered" not in page
    await council.submit(await council.audit("dinah"), "green")
    await council.forward("2 working days")
    later = await as_somebody(new_browser, parts, council.ids["quinn"])
    page = (await later.open(f"/people/{council.ids['sofia']}")).text
    assert "It asks for nothing" in page, "what it is about is asked weeks later"
    assert "Not answered" not in page

    def sent(unit: Unit) -> list[Notice]:
        found = person_page(unit, council.ids["cyrus"], council.ids["quinn"], skip=0, limit=50)
        return [each.notice for each in found.sent]

    carried = await council.run(sent)
    assert [each for each in carried if each.message == "digest"] == []
    council.close()


@pytest.mark.parametrize("reader", OPENS)
async def test_the_page_is_a_file_too_for_whoever_may_open_it_and_that_is_recorded(
    new_browser: NewBrowser, parts: Parts, store: Store, reader: int
) -> None:
    browser = await as_somebody(new_browser, parts, reader)
    got = {each: await browser.open(f"/people/{each}.csv") for each in PEOPLE}
    assert {each for each, file in got.items() if file.status_code == 200} == OPENS[reader]
    read = [each.subject_id for each in events(store, "person-page-read")]
    assert read == [each for each in PEOPLE if each in OPENS[reader] - {reader}]


async def test_its_file_has_what_the_page_shows_and_all_of_it(quinn: Browser, store: Store) -> None:
    with store.transaction() as session:
        session.get_one(Person, ADE).name = "=HYPERLINK(1)"
        copies = [each.model_dump(exclude={"id", "token", "key"}) for each in session.exec(select(Notice)).all()]
        [one] = [each for each in copies if each["recipient_id"] == ADE and each["message"] == "red-alert"][:1]
        session.add_all(Notice(**one, token=f"more-{number}", key=f"more-{number}") for number in range(60))
    page = (await quinn.open(f"/people/{ADE}")).text
    assert f'href="/people/{ADE}.xlsx"' in page
    total = int(re.findall(r"(\d+) messages", page)[0])
    book = openpyxl.load_workbook(io.BytesIO((await quinn.open(f"/people/{ADE}.xlsx")).content))
    assert book.sheetnames == ["Owed now", "What was sent", "Absences", "Audits"]
    _, *sent = book["What was sent"].iter_rows()
    assert len(sent) == total > 60
    assert not [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    first = [str(cell.value) for cell in sent[0]]
    shown = re.sub(r"<[^>]+>|\s+", " ", unescape(page))
    assert first[1] in shown
    assert first[4] in shown
    assert first[7].startswith("Alert: QA-1042 needs your support")
    words = (await quinn.open(f"/people/{ADE}.csv")).content.decode("utf-8-sig")
    assert words.count("needs your support") >= 60
    assert "\n=HYPERLINK" not in words
