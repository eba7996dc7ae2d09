"""The record of an audit: who may open it, and what it shows to whom."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import update
from sqlmodel import col, select

from qabot.framework import load
from qabot.models import (
    Alert,
    Answer,
    Audit,
    AuditState,
    Deadline,
    DeadlineState,
    Event,
    ListLine,
    Moderation,
    Notice,
    NoticeState,
    Person,
    RoleHolding,
    Service,
    Store,
)
from qabot.web.log import EventRow
from qabot.web.ports import Parts
from qabot.web.story import stages
from qabot.workflows.core.situation import people_changed
from tests.support.pages import read
from tests.unit.web import world
from tests.unit.web.conftest import Browser, events
from tests.unit.web.world import ADE, BEA, NOW, QUINN

NewBrowser = Callable[[Parts], Browser]
RECORD = "/audits/QA-1042"
FAY = 5
GIVES_AWAY = ("RED", "Alert", "Head of Service", "Improvement Meeting", "Second look", "What happened")


@pytest.fixture
def red(store: Store) -> None:
    """The audit is graded RED, its alert is acknowledged, and a Head of Service is to look at it. Fay works here."""
    with store.transaction() as session:
        session.add(Person(id=FAY, name="Fay Ito", email="fay@council.example"))
        audit = session.get_one(Audit, 1)
        audit.case_reference, audit.practitioner_id = "7100001", BEA
        audit.state, audit.submitted_at = AuditState.submitted, NOW
        audit.grade = "red"
        for question, label, grade in (
            ("practitioner-part-a", "PART A: Practitioners Judgement (Compliance)", "amber"),
            ("manager-overall", "Overall Grade (Manager)", "red"),
        ):
            given = {"value": grade, "version": "newham-brag-1"}
            about: dict[str, Any] = {"subject_type": "audit", "subject_id": 1, "by_id": ADE, "at": NOW}
            session.add(Answer(question=question, kind="scale", label=label, given=given, **about))
        later = NOW + timedelta(hours=1)
        session.add(Alert(audit_id=1, raised_at=NOW, raised_by_id=ADE, acknowledged_at=later, acknowledged_by_id=ADE))
        session.add(Moderation(audit_id=1, layer="head-of-service", rule="NEW-MOD-3", moderator_id=FAY, drawn_at=NOW))


async def as_somebody(new_browser: NewBrowser, parts: Parts, person: int) -> Browser:
    browser = new_browser(parts)
    await browser.sign_in(parts, person)
    return browser


async def test_quality_assurance_sees_where_it_stands_and_who_was_told_what(quinn: Browser, red: None) -> None:
    page = (await quinn.open(RECORD)).text
    for words in (
        "Record of QA-1042",
        "Practice Learning Review, October to December 2026",
        "7100001",
        "Maple, Assessment",
        "The grades are in",
        "RED (Inadequate)",
        "AMBER (Requires improvement)",
        "Ade Bello, 23 November 2026, 10:30am",
        "Head of Service moderation",
        "Alert to acknowledge, due 20 November 2026",
        "Open, date has passed",
        "When it opened",
        "Deadline opened",
    ):
        assert words in page, words
    assert page.count('<ol class="ladder') == 2


async def test_the_day_of_a_meeting_stands_in_the_short_record_for_whoever_may_know_of_it(
    new_browser: NewBrowser, parts: Parts, quinn: Browser, store: Store, red: None
) -> None:
    with store.transaction() as session:
        like = session.get_one(Deadline, 1).model_dump(exclude={"id", "token", "kind", "state"})
        came: dict[str, Any] = {
            "state": DeadlineState.met,
            "closed_why": "Meeting on 1 December 2026",
            "closed_by_id": ADE,
        }
        session.add(Deadline(**{**like, **came, "token": "pim", "kind": "pim-date", "closed_at": NOW}))
    so_far = re.compile(r"<h2>So far</h2>(.*?)</ol>", re.S)
    short = so_far.search((await quinn.open(RECORD)).text)
    assert short
    assert "Date of the Practice Improvement Meeting</strong>, Meeting on 1 December 2026" in short[1]
    assert "Ade Bello" in short[1]
    bea = await as_somebody(new_browser, parts, BEA)
    assert "Meeting on 1 December" not in (await bea.open(RECORD)).text, "it would tell the practitioner of the grade"


@pytest.mark.parametrize(
    ("graded", "concern", "why"),
    [
        (True, False, "A grade was RED (Inadequate)"),
        (True, True, "A grade was RED (Inadequate), and there was an immediate concern"),
        (False, True, "An immediate concern"),
    ],
)
async def test_the_record_says_everything_that_an_alert_was_raised_for(
    quinn: Browser, store: Store, red: None, graded: bool, concern: bool, why: str
) -> None:
    with store.transaction() as session:
        session.execute(update(Alert).values(graded=graded, concern=concern))
    assert f"<dd>{why}</dd>" in (await quinn.open(RECORD)).text


async def test_a_practitioner_who_was_told_sees_no_grade_nor_what_follows_from_one(
    new_browser: NewBrowser, parts: Parts, store: Store, red: None
) -> None:
    bea = await as_somebody(new_browser, parts, BEA)
    page = (await bea.open(RECORD)).text
    assert "Record of QA-1042" in page
    assert "Practice Learning Review, due 31 December 2026" in page
    assert [each for each in GIVES_AWAY if each in page] == []


async def test_what_was_final_and_waits_again_stays_final_to_the_practitioner(
    new_browser: NewBrowser, parts: Parts, store: Store, red: None
) -> None:
    """A correction to RED lets it wait for the Head of Service: that the page said so told them the grade."""
    with store.transaction() as session:
        session.get_one(Audit, 1).finalised_at = NOW
    page = (await (await as_somebody(new_browser, parts, BEA)).open(RECORD)).text
    assert "<dd>Final</dd>" in page
    assert "The grades are in" not in page
    page = (await (await as_somebody(new_browser, parts, QUINN)).open(RECORD)).text
    assert "The grades are in" in page
    assert "<dd>Final</dd>" not in page


REMINDERS = {"review-reminder": "NEW-REM-1: x", "past-date": "OURS-OWN-1: x"}


async def test_a_practitioner_reads_nothing_of_the_reminders_of_whoever_does_the_work(
    new_browser: NewBrowser, parts: Parts, store: Store, red: None, quinn: Browser
) -> None:
    with store.transaction() as session:
        for message, reason in REMINDERS.items():
            session.add(world.notice(message, ADE, "due", message=message, deadline_id=2, reason=reason))
    bea = await as_somebody(new_browser, parts, BEA)
    of_bea = [(await bea.open(f"{RECORD}{more}")).text for more in ("", "?all=1")]
    of_quality = [(await quinn.open(f"{RECORD}{more}")).text for more in ("", "?all=1")]
    for words in ("NEW-REM-1", "OURS-OWN-1", "Past its date"):
        assert any(words in each for each in of_quality)
        assert not any(words in each for each in of_bea), words


CONCERN = """extends: newham
duties:
  worry: {rule: NEW-ALT-2, title: A concern to read, when: [practice-learning-review.submitted], if: {concern: true},
          owes-each: [practitioner, practice-lead], due: none, ask: [acknowledged], ladder: red-alert}
"""


@pytest.mark.parametrize(("owner", "seen"), [(BEA, True), (ADE, False)], ids=["their own", "somebody else's"])
async def test_a_practitioner_sees_of_a_concern_what_is_their_own_to_acknowledge(
    new_browser: NewBrowser, parts: Parts, store: Store, red: None, tmp_path: Path, owner: int, seen: bool
) -> None:
    (tmp_path / "council.yaml").write_text(CONCERN, "utf-8")
    framework = load(tmp_path / "council.yaml", [Path("frameworks")])
    with store.transaction() as session:
        like = session.exec(select(Deadline).where(Deadline.kind == "alert")).one()
        session.add(
            Deadline(
                **like.model_dump(exclude={"id", "token", "kind", "owner_id", "due_on"}),
                token="worry",
                kind="worry",
                owner_id=owner,
            )
        )
    bea = await as_somebody(new_browser, replace(parts, framework=framework), BEA)
    page = (await bea.open(RECORD)).text
    assert ("A concern to read" in page) == seen
    assert [each for each in GIVES_AWAY if each in page] == []


async def test_whoever_is_told_without_the_grade_reads_of_no_one_else(
    new_browser: NewBrowser, parts: Parts, store: Store, red: None
) -> None:
    with store.transaction() as session:
        session.add(RoleHolding(person_id=FAY, role="practice-lead", team_id=1))
        session.add(world.notice("fays", FAY, "due", message="outstanding-list", deadline_id=2, reason="NEW-REM-2: x"))
    page = (await (await as_somebody(new_browser, parts, FAY)).open(RECORD)).text
    assert "What we sent you about it" in page
    assert "NEW-REM-2" in page
    assert [each for each in (*GIVES_AWAY, "When it opened") if each in page] == []


async def test_a_service_manager_sees_the_grade_of_their_own_service_only(
    new_browser: NewBrowser, parts: Parts, store: Store, red: None
) -> None:
    with store.transaction() as session:
        session.get_one(Moderation, 1).moderator_id = ADE
        session.add(Service(id=2, name="Care"))
        session.flush()
        session.add(RoleHolding(person_id=FAY, role="service-manager", service_id=2))
    fay = await as_somebody(new_browser, parts, FAY)
    assert (await fay.open(RECORD)).status_code == 404
    with store.transaction() as session:
        session.add(RoleHolding(person_id=FAY, role="service-manager", service_id=1))
        people_changed(session)
    assert "RED (Inadequate)" in (await fay.open(RECORD)).text


async def test_others_are_refused_kindly_and_it_is_logged(
    new_browser: NewBrowser, parts: Parts, store: Store, red: None
) -> None:
    fay = await as_somebody(new_browser, parts, FAY)
    page = await fay.open(RECORD)
    assert page.status_code == 404
    assert "ask the Quality Assurance Service" in page.text
    assert "QA-1042" not in page.text
    assert "7100001" not in page.text
    nowhere = await fay.open("/audits/QA-9")
    assert (nowhere.status_code, nowhere.text) == (page.status_code, page.text)
    [refused] = events(store, "link-refused")
    assert (refused.actor_id, refused.subject_type, refused.subject_id) == (FAY, "audit", 1)


async def test_a_reference_that_is_not_there_says_so(quinn: Browser, store: Store) -> None:
    page = await quinn.open("/audits/QA-9")
    assert page.status_code == 404
    assert "no record at this address" in page.text
    assert events(store, "link-refused") == []


@pytest.mark.parametrize("typed", ["qa-1042", "QA1042", "qa 1042", "QA-1042 "])
async def test_an_address_that_somebody_typed_leads_to_its_record(
    quinn: Browser, new_browser: NewBrowser, parts: Parts, store: Store, red: None, typed: str
) -> None:
    page = await quinn.open(f"/audits/{quote(typed)}")
    assert (page.status_code, page.url.path) == (200, RECORD)
    fay = await as_somebody(new_browser, parts, FAY)
    assert (await fay.open(f"/audits/{quote(typed)}")).status_code == 404, "and to nobody else"


async def test_it_needs_a_session(browser: Browser) -> None:
    assert (await browser.get(RECORD)).status_code == 401


async def test_the_programme_leads_to_the_record(quinn: Browser) -> None:
    for path in ("/programme", f"/programme/deadlines/{world.DEADLINE}"):
        assert f'href="{RECORD}"' in (await quinn.open(path)).text


async def test_an_audit_without_grades_case_or_team_has_a_record_too(quinn: Browser, store: Store) -> None:
    with store.transaction() as session:
        session.add(Audit(reference="QA-1", activity="gone", auditor_id=QUINN, due_on=NOW.date(), allocated_at=NOW))
    page = (await quinn.open("/audits/QA-1")).text
    for words in (
        "No case yet",
        "To be done",
        "Nothing is owed about this audit.",
        "Nobody has been told anything yet.",
    ):
        assert words in page, words


async def test_quality_assurance_finds_the_buttons_that_make_sense_now(
    quinn: Browser, ade: Browser, store: Store, parts: Parts
) -> None:
    page = (await quinn.open(RECORD)).text
    assert "Hand over QA-1042" in page
    assert "Withdraw QA-1042" in page
    assert "Hand over" not in (await ade.open(RECORD)).text
    with store.transaction() as session:
        session.get_one(Audit, 1).state = AuditState.submitted
    page = (await quinn.open(RECORD)).text
    assert "Hand over" not in page
    assert "Withdraw QA-1042" in page


async def test_a_withdrawn_audit_says_why_and_by_whom(quinn: Browser, store: Store) -> None:
    with store.transaction() as session:
        session.get_one(Audit, 1).state = AuditState.withdrawn
        deadline = session.get_one(Deadline, 1)
        deadline.state, deadline.closed_why = DeadlineState.withdrawn, "Withdrawn"
        deadline.closed_at, deadline.closed_by_id = NOW, QUINN
        why = "It was set up by mistake, or twice"
        session.add(Event(at=NOW, what="audit-withdrawn", subject_type="audit", subject_id=1, why=why))
    page = (await quinn.open(RECORD)).text
    assert "Withdrawn. It was set up by mistake, or twice" in page
    assert "Ade Bello</a>. Withdrawn by Quinn Achebe on 23 November 2026, 9:30am." in page
    assert 'class="button' not in page


async def test_a_second_look_waits_only_while_somebody_owes_it(quinn: Browser, red: None, store: Store) -> None:
    assert "No longer asked for" in (await quinn.open(RECORD)).text
    with store.transaction() as session:
        deadline = session.get_one(Deadline, 1)
        deadline.subject_type, deadline.subject_id, deadline.state = "moderation", 1, DeadlineState.open
    assert "No longer asked for" not in (await quinn.open(RECORD)).text


async def test_a_press_on_the_record_comes_back_to_it(quinn: Browser) -> None:
    await quinn.open(RECORD)
    page = await quinn.send_form("/press", action="acknowledge", token="QA-1042", back="record", origin="QA-1042")
    assert page.url.path == RECORD
    assert "You acknowledged QA-1042." in page.text


@pytest.fixture
def made(store: Store, red: None) -> None:
    """What only a grade opened made new work, which Fay has. Bea, whose work both are about, heard of the new one."""
    with store.transaction() as session:
        session.add(
            Audit(
                id=2,
                reference="QA-1050",
                activity="practice-learning-review",
                team_id=1,
                auditor_id=FAY,
                practitioner_id=BEA,
                due_on=NOW.date() + timedelta(days=28),
                allocated_at=NOW,
                made_for_id=1,
            )
        )
        session.flush()
        session.add(world.notice("new-work", BEA, "due", message="work-made", subject_id=2))


async def test_the_record_says_what_new_work_comes_from_and_what_came_of_the_first(quinn: Browser, made: None) -> None:
    first = (await quinn.open(RECORD)).text
    assert 'Handed to Fay Ito: <a href="/audits/QA-1050">QA-1050</a>. To be done' in first
    new = (await quinn.open("/audits/QA-1050")).text
    assert "<dt>Comes from</dt>" in new
    assert 'Alert to acknowledge, <a href="/audits/QA-1042">QA-1042</a>' in new


async def test_whoever_may_not_know_the_grade_reads_neither(new_browser: NewBrowser, parts: Parts, made: None) -> None:
    bea = await as_somebody(new_browser, parts, BEA)
    first, new = (await bea.open(RECORD)).text, (await bea.open("/audits/QA-1050")).text
    assert "QA-1050" not in first
    assert "Comes from" not in new
    assert "QA-1042" not in new


@pytest.mark.parametrize(
    ("about", "what", "person", "shown"),
    [
        ("person", "", BEA, "<dt>Person</dt><dd>Bea"),
        ("place", "The family hub", None, "<dt>Place</dt><dd>The family hub</dd>"),
        ("theme", "", None, "<dt>Theme</dt><dd>Not said yet</dd>"),
    ],
)
async def test_work_that_is_not_about_a_case_says_what_it_is_about(
    quinn: Browser, store: Store, about: str, what: str, person: int | None, shown: str
) -> None:
    with store.transaction() as session:
        values = {"about": about, "what": what, "practitioner_id": person, "case_reference": None}
        session.execute(update(Audit).where(col(Audit.reference) == "QA-1042").values(**values))
    page = (await quinn.open(RECORD)).text
    assert shown in page
    assert "<dt>Case</dt>" not in page
    assert "<dt>Practitioner</dt>" not in page


async def test_work_about_nothing_has_no_such_line(quinn: Browser, store: Store) -> None:
    with store.transaction() as session:
        values = {"about": "nothing", "practitioner_id": None, "case_reference": None}
        session.execute(update(Audit).where(col(Audit.reference) == "QA-1042").values(**values))
    page = (await quinn.open(RECORD)).text
    assert "Record of QA-1042" in page
    assert "No case yet" not in page


async def test_it_is_short_first_and_everything_on_asking_in_order_of_time(
    quinn: Browser, store: Store, red: None
) -> None:
    with store.transaction() as session:
        late = world.notice(
            "not-sent", BEA, "due", message="outstanding-list", deadline_id=2, reason="overtaken by NEW-1"
        )
        late.state, late.sent_at, late.closed_at = NoticeState.superseded, None, NOW
        session.add(late)
    short = read((await quinn.open(RECORD)).text)
    [main] = short.all("main")
    assert [each.attrs for each in main.all("details") if "open" in each.attrs] == []
    titles = [each.words() for each in main.all("summary")]
    assert titles[0] == "All facts and answers"
    assert "What was not sent, and why (1)" in titles
    seen = [each for each in main.children if not isinstance(each, str) and each.tag != "details"]
    words = " ".join(each.words() for each in seen)
    for said in (
        "Open now",
        "Alert to acknowledge: Ade Bello",
        "Alert raised, a grade was",
        "RED (Inadequate)",
        "Show everything",
    ):
        assert said in words, said
    assert "When it opened" not in words
    whole = read((await quinn.open(f"{RECORD}?all=1")).text)
    sections = [each for each in whole.all("main")[0].all("details") if "open" in each.attrs]
    assert len(sections) >= 4
    tables = [each for each in whole.all("table") if "oldest first" in each.words()]
    said = tables[0].words()
    assert "Not sent:" in said
    assert "Overtaken by a later message" in said
    assert said.index("Message:") < said.index("Not sent:")


async def test_on_whose_list_of_the_week_it_stood_and_when_is_said(quinn: Browser, store: Store) -> None:
    with store.transaction() as session:
        deadline = session.exec(select(Deadline).where(Deadline.subject_type == "audit")).first()
        assert deadline is not None
        sent = Notice(
            key="list:open-by-service:2:2026-11-23",
            rule="",
            message="open-by-service",
            lane="due",
            recipient_id=BEA,
            subject_type="person",
            subject_id=BEA,
            state="sent",
            reason="one list a week",
            created_at=NOW,
            not_before=NOW,
            sent_at=NOW,
        )
        session.add(sent)
        session.flush()
        line = ListLine(list_id=sent.id, deadline_id=deadline.id, step="s", slot="1", rule="NEW-REM-3", role="slt")
        line.reason = "NEW-REM-3: due + 7 days"
        session.add(line)
        token = deadline.token
    for page in (RECORD, f"/programme/deadlines/{token}"):
        text = (await quinn.open(page)).text
        assert "Still open, by service" in text, page
        assert "7 days after" in text, page


@pytest.mark.parametrize(
    ("graded", "said"),
    [(True, ["Given out", "Grades corrected", "Date changed"]), (False, ["Given out", "Date changed"])],
)
def test_what_was_put_right_is_a_stage_of_its_own(graded: bool, said: list[str]) -> None:
    """The grade was GREEN, and the alert of a RED one: nothing on the page said why."""
    at = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
    audit = Audit(id=1, reference="QA-1042", activity="review", auditor_id=ADE, allocated_at=at, due_on=at.date())
    of_log = (
        ("Grades corrected", "It was a slip", "from RED to GREEN", "grades-corrected"),
        ("Date changed", "It was held", "", "date-changed"),
        ("Deadline met", "Done", "", "deadline-met"),
    )
    log = [
        EventRow(at + timedelta(days=number), what, "Ade Bello", ADE, "", "", why, detail, name)
        for number, (what, why, detail, name) in enumerate(of_log, 1)
    ]
    found = stages(audit, {ADE: "Ade Bello"}, (), None, (), log, graded=graded)
    assert [each.what for each in found] == said
    results = [each.result for each in found if each.what == "Grades corrected"]
    assert results == ["it was a slip; from RED to GREEN"] * graded
