"""Reports on the web: by whom, in how many clicks, kept as they were issued, and the duties that they fulfil."""

import csv
import io
import json
import re
import zlib
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest
from sqlmodel import select

from qabot.framework.loader import load
from qabot.models import Event, Occasion, OccasionState, Person, Report, Store
from qabot.web import report_files
from qabot.web.ports import Parts
from tests.support.councils import RULES
from tests.support.pages import Node, read
from tests.support.web_platform import on_web
from tests.unit.web import world
from tests.unit.web.conftest import Browser, events
from tests.unit.web.test_web_figures import HEAD, SENIOR, at, one, quarter
from tests.unit.web.world import ADE, QUINN
from tests.unit.workflows.test_gatherings import BOARD

__all__ = ["quarter"]
PATH = "/programme/reports"
PACK = f"{PATH}/board/quarter-2026-07"
WORDS: dict[str, Any] = {
    "headline": "On time in most.\nAnd rising.",
    "risks": "=SUM(A1)",
    "changed": "Plans are written with children.",
    "decisions": "",
}


def links(page: Node) -> dict[str, str]:
    return {each.words(): each.attrs["href"] for each in page.all("a") if "href" in each.attrs}


def said(text: str) -> str:
    """A report's page from its title on."""
    return " ".join(text[text.index("<h1>") : text.index("</main>")].split())


async def issued(quinn: Browser) -> str:
    """Issue the pack; the address of what was issued."""
    await quinn.open(PACK)
    page = await quinn.send_form(PACK, follow=False, **WORDS, sure="yes", do="issue")
    assert page.status_code == 303, page.text
    return str(page.headers["location"])


async def test_the_boards_pack_is_two_clicks_away_for_quality_assurance(quarter: None, quinn: Browser) -> None:
    clicks, page = 0, read((await quinn.open("/inbox")).text)
    for name in ("Reports", "Board pack, July to September 2026"):
        page = read((await quinn.open(links(page)[name])).text)
        clicks += 1
    assert clicks == 2
    assert page.all("h1")[0].words() == "Board pack: July to September 2026"
    words = page.words()
    for part in ("Headline", "Risks", "What changed for children", "Decisions that are asked for", "At a glance"):
        assert part in words
    assert {"Word document", "Excel workbook", "CSV"} <= links(page).keys()


async def test_a_target_stands_beside_its_figure_in_every_format(quarter: None, quinn: Browser) -> None:
    page = (await quinn.open(PACK)).text
    assert "Target: at least 80%, met with 86%." in page
    assert "Dashed line: the target, 80%" in page
    assert "Target: at most 10%, not met with 23%." in page
    assert "target: at most 10%" in page
    rows = csv.reader(io.StringIO((await quinn.get(f"{PACK}/as/csv")).text.removeprefix("\ufeff")))
    assert {each[-1] for each in rows if each and each[-1].startswith("at ")} == {"at least 80%", "at most 10%"}
    document = docx.Document(io.BytesIO((await quinn.get(f"{PACK}/as/docx")).content))
    assert "Target: at most 10%, not met with 23%." in [each.text for each in document.paragraphs]


async def test_word_has_the_whole_council_at_a_glance_as_the_page_has(quarter: None, quinn: Browser) -> None:
    glance = next(
        each
        for each in read((await quinn.open(PACK)).text).all("table")
        if each.all("caption")[0].words() == "The whole council"
    )
    page = [[cell.words() for cell in row.all("th", "td")][1:] for row in glance.all("tr")]
    document = docx.Document(io.BytesIO((await quinn.get(f"{PACK}/as/docx")).content))
    table = document.tables[0]
    assert [[cell.text for cell in row.cells][1:] for row in table.rows] == page
    assert "Work done, and on time: On time (target: at least 80%)" in [row.cells[0].text for row in table.rows]


async def test_who_was_let_off_what_is_told_with_who_approved_it(quarter: None, quinn: Browser, store: Store) -> None:
    with store.transaction() as session:
        session.add(
            Event(
                at=at(date(2026, 8, 5)),
                what="let-off",
                actor_id=QUINN,
                deadline_id=1,
                why="Away for long",
                detail={"approved_by": "Dara Voss"},
            )
        )
    page = read((await quinn.open(PACK)).text).words()
    assert "What people were let off" in page
    assert "Away for long Dara Voss" in page
    assert "People to whom work was given" in page


async def test_the_texts_are_kept_and_nothing_is_issued_by_it(quarter: None, quinn: Browser, store: Store) -> None:
    await quinn.open(PACK)
    page = await quinn.send_form(PACK, **WORDS, do="save")
    assert "The texts are kept" in page.text
    assert "And rising." in page.text
    assert not events(store, "report-issued")
    assert "None has been issued yet" in (await quinn.open(PATH)).text


async def test_what_was_issued_is_shown_as_it_was_whatever_comes_after(
    quarter: None, quinn: Browser, store: Store, new_browser: Callable[[Parts], Browser], parts: Parts
) -> None:
    address = await issued(quinn)
    before = (await quinn.open(address)).text
    for number in range(9):
        one(store, 900 + number, 1, date(2026, 8, 12), "red", 5)
    with store.transaction() as session:
        row = session.exec(select(Report)).one()
        assert json.loads(json.dumps(row.content)) == row.content
    senior = new_browser(parts)
    await senior.sign_in(parts, SENIOR)
    after = (await senior.open(address)).text
    for text in (before, after):
        assert "Issued on 23 November 2026, 9:30am by Quinn Achebe. It is shown as it was." in text
    assert said(before) == said(after)
    assert "And rising." in after
    draft = (await quinn.open(PACK)).text
    assert draft.count("Issued before") == 1
    assert "And rising." not in draft
    [event] = events(store, "report-issued")
    assert (event.actor_id, event.why) == (QUINN, "Board pack, quarter-2026-07")


async def test_a_second_issue_stands_beside_the_first(quarter: None, quinn: Browser, store: Store) -> None:
    first, second = await issued(quinn), await issued(quinn)
    assert first != second
    page = (await quinn.open(PATH)).text
    assert first in page
    assert second in page
    assert "issue 2" in page


async def test_only_quality_issues_and_only_senior_leaders_read_beside_them(
    quarter: None, quinn: Browser, new_browser: Callable[[Parts], Browser], parts: Parts, store: Store
) -> None:
    address = await issued(quinn)
    seen = {}
    for person in (QUINN, SENIOR, HEAD, ADE):
        browser = new_browser(parts)
        await browser.sign_in(parts, person)
        await browser.open("/inbox")
        paths = (PATH, address, f"{address}/as/xlsx", PACK, f"{PACK}/as/docx")
        got = [(await browser.get(path)).status_code for path in paths]
        seen[person] = [*got, (await browser.send_form(PACK, follow=False, **WORDS, do="save")).status_code]
    assert seen == {
        QUINN: [200, 200, 200, 200, 200, 303],
        SENIOR: [200, 200, 200, 403, 403, 403],
        HEAD: [403] * 6,
        ADE: [403] * 6,
    }


async def test_what_names_a_child_or_is_not_meant_is_not_kept_or_issued(
    quarter: None, quinn: Browser, store: Store
) -> None:
    await quinn.open(PACK)
    page = await quinn.send_form(PACK, **WORDS | {"risks": "NHS 943 476 5919"}, sure="yes", do="issue")
    assert page.status_code == 400
    assert "On time in most." in page.text
    assert [each.detail["fields"] for each in events(store, "text-blocked")] == [["risks"]]
    page = await quinn.send_form(PACK, **WORDS | {"risks": "Room B12 3DE was closed"}, do="save")
    assert "what is it?" in page.text
    said = {"risks": "Room B12 3DE was closed", "look-alike": "place"}
    kept = await quinn.send_form(PACK, **WORDS | said, do="save")
    assert kept.status_code == 200
    assert [each.detail["kinds"] for each in events(store, "look-alike-kept")] == [["postcode"]]
    page = await quinn.send_form(PACK, **WORDS | {"risks": "Late. " * 1000}, do="save")
    assert "Keep this to 4000 characters" in page.text
    assert len(events(store, "text-blocked")) == 2, "what is only too long names nobody"
    page = await quinn.send_form(PACK, **WORDS, do="issue")
    assert page.status_code == 400
    assert "Tick this to issue it" in page.text
    assert not events(store, "report-issued")


@pytest.mark.parametrize("path", ["board/quarter-2027-01", "board/month-2026-07", "gossip/quarter-2026-07", "board/x"])
async def test_a_report_that_there_cannot_be_is_said(quinn: Browser, path: str) -> None:
    page = await quinn.get(f"{PATH}/{path}")
    assert page.status_code == 404
    assert "There is no such report" in page.text
    assert (await quinn.get(f"{PATH}/open?report={path}")).status_code == 404


async def test_the_files_say_what_the_page_says(quarter: None, quinn: Browser, store: Store) -> None:
    address = await issued(quinn)
    answer = await quinn.get(f"{address}/as/xlsx")
    assert answer.headers["content-disposition"] == 'attachment; filename="qabot-board-quarter-2026-07-1.xlsx"'
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    about = {row[0].value: row[1].value for row in book["About"].rows}
    assert about["Issued"] == "23 November 2026, 9:30am, by Quinn Achebe; issue 1"
    assert about["Risks"] == "=SUM(A1)"
    assert [each.value for each in book["Work done, and on time, service"][2]][2:] == [
        14,
        13,
        12,
        1,
        1,
        86,
        "at least 80%",
    ]
    rows = list(csv.reader(io.StringIO((await quinn.get(f"{address}/as/csv")).content.decode("utf-8-sig"))))
    assert ["Risks", "'=SUM(A1)"] in rows
    word = docx.Document(io.BytesIO((await quinn.get(f"{address}/as/docx")).content))
    assert word.paragraphs[0].text == "Board pack: July to September 2026"
    assert "And rising." in [each.text for each in word.paragraphs]
    assert ["Assessment", "8", "7", "6", "1", "1", "75%"] in [
        [cell.text for cell in row.cells][:7] for table in word.tables for row in table.rows
    ]
    assert (await quinn.get(f"{address}/as/exe")).status_code == 404
    assert len(events(store, "report-exported")) == 3


@pytest.mark.skipif(not report_files.can_pdf(), reason="the extra pdf is not installed, or Pango is not here")
async def test_the_pdf_is_tagged_for_screen_readers(quarter: None, quinn: Browser) -> None:
    content = (await quinn.get(f"{PATH}/monthly/month-2026-08/as/pdf")).content
    assert content.startswith(b"%PDF-")
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", content, re.S)
    plain = content + b"".join(zlib.decompress(each) for each in streams if each[:1] == b"x")
    for part in (b"/MarkInfo", b"/StructTreeRoot", b"pdfuaid:part", b"/Lang"):
        assert part in plain


async def test_without_the_extra_the_page_says_how_to_make_a_pdf(
    quarter: None, quinn: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report_files, "can_pdf", lambda: False)
    page = (await quinn.open(PACK)).text
    assert "/as/pdf" not in page
    assert "print this page and choose to save it as a PDF" in page
    answer = await quinn.get(f"{PACK}/as/pdf")
    assert answer.status_code == 400
    assert "installs the extra" in answer.text


@pytest.mark.parametrize(
    ("kind", "has", "has_not"),
    [
        ("monthly/month-2026-08", "Actions", "Second looks"),
        ("annual/financial-year-2026-04", "Second looks", "Work by reference"),
        ("inspection/financial-year-2026-04", "How do you know it?", "Risks"),
    ],
)
async def test_each_kind_has_its_parts(quarter: None, quinn: Browser, kind: str, has: str, has_not: str) -> None:
    page = read((await quinn.open(f"{PATH}/{kind}")).text)
    headings = [each.words() for tag in ("h2", "label") for each in page.all(tag)]
    assert [each for each in headings if each.startswith(has)]
    assert not [each for each in headings if each.startswith(has_not)]


async def test_the_ofsted_pack_lists_work_but_no_grade_that_waits_for_a_second_look(
    quarter: None, quinn: Browser, store: Store
) -> None:
    from qabot.models import Moderation
    from tests.unit.web.test_web_figures import at

    with store.transaction() as session:
        drawn = at(date(2026, 9, 1))
        session.add(Moderation(audit_id=200, layer="qa", rule="NEW-MOD-2", moderator_id=ADE, drawn_at=drawn))
    page = read((await quinn.open(f"{PATH}/inspection/financial-year-2026-04")).text)
    lines = [[cell.words() for cell in row.all("td")] for row in page.all("tr")]
    rows = {line[0]: line for line in lines if line}
    assert rows["QA-5100"] == ["QA-5100", "Practice Learning Review", "10 August 2026", "9 August 2026", "GREEN (Good)"]
    assert rows["QA-5200"][-1] == "After the second look"
    assert rows["QA-5107"][-2:] == ["Not in", ""]


REPORT = """
  quarterly: {rule: ABC-DDL-2, title: Quarterly overview, every: quarter, to: [service-manager]}
  asking: {rule: ABC-DDL-2, title: Quarterly with questions, every: quarter, to: [service-manager], ask: [actions]}
duties:
"""


async def test_the_report_that_the_framework_asks_for_opens_from_its_page_and_issuing_it_fulfils_it(
    tmp_path: Path,
) -> None:
    path = tmp_path / "council.yaml"
    path.write_text(f"{RULES}{BOARD.replace('duties:', REPORT.strip(chr(10)), 1)}", "utf-8")
    async with on_web(tmp_path, load(path, [Path("frameworks")])) as web:
        await web.world.advance("2026-12-30 10:00")
        day = next(each for each in web.world.all(Occasion) if each.thing == "quarterly")
        assert day.state == OccasionState.planned
        pack = f"{PATH}/board/quarter-2026-10"
        await web.open("quinn", "/inbox")
        await web.open("mina", "/inbox")
        assert pack in (await web.browsers["quinn"].get(f"/gatherings/{day.token}")).text
        assert pack not in (await web.browsers["mina"].get(f"/gatherings/{day.token}")).text
        draft = (await web.open("quinn", pack)).words
        assert "It is due for: " in draft
        assert "Quarterly overview" in draft
        given = {"csrf": web._csrf(await web.open("quinn", pack)), "headline": "Well.", "sure": "yes", "do": "issue"}
        answer = await web.browsers["quinn"].post(pack, data=given)
        assert answer.status_code == 200
        states = {each.thing: each.state for each in web.world.all(Occasion)}
        assert states["quarterly"] == OccasionState.held
        # Its duty asks more than that it has gone out: whoever owes it answers.
        assert states["asking"] == OccasionState.planned
        whys = [each.why for each in web.world.all(Event) if each.what == "report-issued"]
        assert whys == ["Board pack, quarter-2026-10"]


async def test_reports_stand_after_people_have_left_and_under_other_rules(
    quarter: None,
    quinn: Browser,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
    new_browser: Callable[[Parts], Browser],
) -> None:
    """Another council's file, with other work, roles and grades; nobody of those who did the work is here any more."""
    address = await issued(quinn)
    before = said((await quinn.open(address)).text)
    with store.transaction() as session:
        for person in session.exec(select(Person).where(Person.id != QUINN)):
            person.active, person.team_id = False, None
    monkeypatch.setattr(world, "newham", lambda: load(Path("frameworks/qpi-board.yaml"), [Path("frameworks")]))
    parts = world.parts(store)
    browser = new_browser(parts)
    await browser.sign_in(parts, QUINN)
    assert said((await browser.open(address)).text) == before
    for kind in ("monthly/month-2026-08", "board/quarter-2026-07", "annual/financial-year-2025-04"):
        draft = f"{PATH}/{kind}"
        page = await browser.open(draft)
        assert page.status_code == 200, draft
        for ending in ("csv", "xlsx", "docx"):
            assert (await browser.get(f"{draft}/as/{ending}")).status_code == 200, (draft, ending)
    ofsted = next(href for name, href in links(read((await browser.open(PATH)).text)).items() if "Ofsted" in name)
    words = read((await browser.open(ofsted)).text).words()
    assert "Ofsted pack" in words
    words = read((await browser.open(PACK)).text).words()
    assert "practice-learning-review" not in words
    assert "Practice learning review 14 13 12" in words
    assert "a grade of a scale that the rules no longer have" in words
    assert "no longer have" not in before
