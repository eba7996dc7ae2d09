"""Calendars fetch what is due at an address of one's own; invitations; and who stands in for whom."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import httpx
from icalendar import Calendar, Component
from sqlmodel import delete

from qabot.models import Absence, Answer, Deadline, DeadlineState, Person, RoleHolding, Store
from qabot.web.ports import Parts
from qabot.workflows.core.rates import Rates
from qabot.workflows.core.situation import people_changed
from tests.unit.web.conftest import Browser, events
from tests.unit.web.world import ADE, BASE, NOW, QUINN, Hands

NewBrowser = Callable[[Parts], Browser]


async def address(browser: Browser, kind: str = "own") -> str:
    """Make an address, and read it from the page."""
    await browser.open("/calendar")
    page = await browser.send_form("/calendar", kind=kind, step="make")
    assert "The address is made." in page.text
    return page.text.partition(f'id="address-{kind}" value="{BASE}')[2].partition('"')[0]


def items(answer: httpx.Response) -> dict[str, Component]:
    assert answer.status_code == 200
    return {str(each["uid"]): each for each in Calendar.from_ical(answer.content).walk("VEVENT")}


def change(store: Store, model: type[Any], number: int, **values: Any) -> None:
    with store.transaction() as session:
        row = session.get_one(model, number)
        for name, value in values.items():
            setattr(row, name, value)
        people_changed(session)


async def test_what_changes_keeps_its_name_and_is_cancelled_when_it_is_over(
    ade: Browser, parts: Parts, store: Store, new_browser: NewBrowser
) -> None:
    calendar, path = new_browser(parts), await address(ade)
    first = await calendar.get(path)
    due = items(first)["due-deadline-token@qabot"]
    assert (due["summary"], due["sequence"], due["status"]) == ("QA-1042 is due", 0, "CONFIRMED")
    assert due.decoded("dtstart") == date(2026, 11, 20)
    stands_in = next(each for uid, each in items(first).items() if uid.startswith("away-"))
    assert stands_in["summary"] == "You stand in for Bea Cole"
    assert b"RED" not in first.content
    assert b"alert" not in first.content.lower()
    assert first.headers["content-type"].startswith("text/calendar")
    again = await calendar.get(path, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    since = {"if-modified-since": first.headers["last-modified"]}
    assert (await calendar.get(path, headers=since)).status_code == 304
    assert (await calendar.get(path, headers={"if-modified-since": "yesterday"})).status_code == 200
    # A tag that is another one counts, whatever the date says.
    assert (await calendar.get(path, headers={**since, "if-none-match": '"x"'})).status_code == 200
    change(store, Deadline, 1, due_on=date(2026, 11, 27))
    assert (await calendar.get(path, headers=since)).status_code == 200
    moved = await calendar.get(path, headers={"if-none-match": first.headers["etag"]})
    due = items(moved)["due-deadline-token@qabot"]
    assert (due.decoded("dtstart"), due["sequence"]) == (date(2026, 11, 27), 1)
    change(store, Deadline, 1, state=DeadlineState.met)
    over = items(await calendar.get(path))["due-deadline-token@qabot"]
    assert (over["status"], over["sequence"]) == ("CANCELLED", 2)
    assert isinstance(parts.clock, Hands)
    parts.clock.moment = NOW + timedelta(days=31)
    assert "due-deadline-token@qabot" not in items(await calendar.get(path))


async def test_an_address_that_is_no_longer_is_not_there(
    ade: Browser, quinn: Browser, parts: Parts, store: Store, new_browser: NewBrowser
) -> None:
    calendar, first = new_browser(parts), await address(ade)
    second = await address(ade)
    assert first != second
    for path in (first, "/calendar/x.ics", f"{second[:-4]}x.ics", second.replace("/calendar/", "/calendar/W")):
        assert (await calendar.get(path)).status_code == 404
    assert (await calendar.get(second)).status_code == 200
    await ade.send_form("/calendar", kind="own", step="end")
    assert (await calendar.get(second)).status_code == 404
    third, every = await address(ade), await address(quinn, "programme")
    assert (await calendar.get(every)).status_code == 200
    change(store, Person, ADE, active=False)
    assert (await calendar.get(third)).status_code == 404
    with store.transaction() as session:
        session.execute(delete(RoleHolding))
        people_changed(session)
    assert (await calendar.get(every)).status_code == 404
    assert len(events(store, "feed-made")) == 4
    assert len(events(store, "feed-ended")) == 2


async def test_calendars_at_addresses_that_have_ended_keep_nobody_from_signing_in(
    parts: Parts, new_browser: NewBrowser
) -> None:
    """As after a new secret key, from one address of an office."""
    rates = Rates(lambda: NOW, sign_ins="1 per minute")
    object.__setattr__(parts, "count_sign_in", lambda address: rates.take("sign-in", address))
    calendar = new_browser(parts)
    for status in (404, 400):
        assert (await calendar.get("/calendar/x.ics")).status_code == status
    rates.take("sign-in", "127.0.0.1")


async def test_the_programmes_is_for_whoever_looks_after_it_and_holds_numbers(
    ade: Browser, quinn: Browser, parts: Parts, new_browser: NewBrowser
) -> None:
    await ade.open("/calendar")
    assert (await ade.send_form("/calendar", kind="programme", step="make")).status_code == 403
    found = items(await new_browser(parts).get(await address(quinn, "programme")))
    titles = {str(each["summary"]) for each in found.values()}
    assert titles == {
        "1 thing is due",
        "Practice Learning Review: October to December 2026 ends",
        "Bea Cole is away",
    }


async def test_a_meeting_is_in_the_calendars_of_those_who_meet_and_an_invitation(
    ade: Browser, quinn: Browser, parts: Parts, store: Store, new_browser: NewBrowser
) -> None:
    assert (await ade.open("/audits/QA-1042/meeting.ics")).status_code == 404
    given: dict[str, Any] = {"subject_type": "audit", "subject_id": 1, "label": "", "at": NOW, "by_id": ADE}
    with store.transaction() as session:
        session.add(Person(id=5, name="Eve Fox", email="eve@council.example", team_id=1))
        session.add(Answer(question="meeting-date", kind="date", given={"value": "2026-12-01"}, **given))
        session.add(Answer(question="chair", kind="person", given={"value": QUINN}, **given))
    uid = "meeting-QA-1042-meeting-date@qabot"
    calendar, path = new_browser(parts), await address(quinn)
    assert items(await calendar.get(path))[uid]["summary"] == "Meeting about QA-1042"
    with store.transaction() as session:
        session.add(Answer(question="meeting-date", kind="date", given={"value": "2026-12-03"}, **given))
    assert items(await calendar.get(path))[uid]["sequence"] == 1
    file = await ade.open("/audits/QA-1042/meeting.ics")
    assert Calendar.from_ical(file.content)["method"] == "REQUEST"
    event = items(file)[uid]
    assert (event.decoded("dtstart"), event["sequence"]) == (date(2026, 12, 3), 1)
    assert event["organizer"] == "mailto:quinn@council.example"
    assert event["attendee"] == "mailto:ade@council.example"
    assert (
        '<a href="/audits/QA-1042/meeting.ics">Meeting about QA-1042, 3 December' in (await ade.open("/calendar")).text
    )
    eve = new_browser(parts)
    await eve.sign_in(parts, 5)
    assert (await eve.open("/audits/QA-1042/meeting.ics")).status_code == 404


async def test_everybody_sees_and_arranges_who_stands_in_for_them(
    ade: Browser, parts: Parts, store: Store, new_browser: NewBrowser
) -> None:
    page = (await ade.open("/cover")).text
    assert "Bea Cole, 20 November 2026 to 27 November 2026" in page
    assert page.count("You are not away") == 4
    with store.transaction() as session:
        session.add(Absence(person_id=ADE, from_on=date(2026, 11, 30), to_on=date(2026, 12, 2)))
        people_changed(session)
    assert "Nobody, so what is due goes to managers, from Monday 30 November" in (await ade.open("/cover")).text
    page = (await ade.send_form("/cover", deputy=str(QUINN))).text
    assert "Saved." in page
    assert "Quinn Achebe, from Monday 30 November 2026 to Wednesday 2 December 2026" in page
    wrong = await ade.send_form("/cover", deputy=str(ADE))
    assert (wrong.status_code, "Nobody can stand in for themselves" in wrong.text) == (422, True)
    assert (await ade.send_form("/cover", deputy="99")).status_code == 422
    await ade.send_form("/cover", deputy="")
    assert [each.detail["deputy"] for each in events(store, "deputy-chosen")] == [QUINN, None]


async def test_it_is_two_clicks_away(ade: Browser) -> None:
    start = (await ade.open("/inbox")).text
    assert 'href="/words"' in start
    assert 'href="/cover"' in (await ade.open("/words")).text
