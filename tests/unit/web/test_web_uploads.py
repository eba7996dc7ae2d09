"""A file that is taken in on a page: read as the command reads it, looked at, and then done; nothing is lost."""

import io
import re
import sqlite3
from contextlib import closing
from typing import Any

import httpx
import pytest
from openpyxl import Workbook
from sqlmodel import Session

from qabot.models import Store
from qabot.web.administration import rehearsal, uploads
from tests.unit.web.conftest import Browser, events
from tests.unit.web.test_web_staff import MARK, all_rows, person
from tests.unit.web.world import ADE, BEA, QUINN

PATH = "/administration/upload"
HIDDEN = re.compile(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)">')
PEOPLE = """name,email,team,service,line_manager
Ade Bello,ade@council.example,Oak,Assessment,
Eve Fox,eve@council.example,Oak,,ade@council.example
"""


async def send(browser: Browser, content: bytes, name: str = "people.csv", **values: Any) -> httpx.Response:
    data = {"csrf": browser.csrf, "kind": "people", "step": "check", **values}
    return await browser.post(
        PATH, data=data, files={"file": (name, content)}, headers={"sec-fetch-site": "same-origin"}
    )


def hidden(page: httpx.Response) -> dict[str, Any]:
    return {name: value for name, value in HIDDEN.findall(page.text) if name != "csrf"}


def workbook(rows: list[list[str]]) -> bytes:
    book, file = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(file)
    return file.getvalue()


async def test_it_is_shown_first_and_then_done(administrator: Browser, store: Store) -> None:
    before = all_rows(store)
    book = workbook([each.split(",") for each in PEOPLE.splitlines()])
    shown = await send(administrator, book, "people.xlsx", allow_vacant="yes")
    assert shown.status_code == 200, shown.text
    assert "Add Eve Fox (eve@council.example)" in shown.text
    assert "team from Maple to Oak" in shown.text
    assert "Not in the file, and kept: 2." in shown.text
    assert all_rows(store) == before
    page = await administrator.send_form(PATH, step="save", **hidden(shown))
    assert "people.xlsx is taken in." in page.text
    assert person(store, ADE).team_id == 2
    assert {each.actor_id for each in events(store, "person-changed")} == {QUINN}
    again = await send(administrator, PEOPLE.encode(), allow_vacant="yes")
    assert "Nothing: it is so already." in again.text
    assert not re.search('value="save"', again.text)


async def test_whoever_writes_meanwhile_waits_for_no_preview(
    administrator: Browser, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    written, rehearse = [], rehearsal.rehearse

    def meanwhile(session: Session, *given: Any) -> Any:
        session.connection()  # the transaction begins
        with closing(sqlite3.connect(store.engine.url.database or "", timeout=0)) as other, other:
            written.append(other.execute("UPDATE person SET name = name").rowcount)
        return rehearse(session, *given)

    monkeypatch.setattr(rehearsal, "rehearse", meanwhile)
    shown = await send(administrator, PEOPLE.encode(), allow_vacant="yes")
    assert "Add Eve Fox (eve@council.example)" in shown.text
    assert written


async def test_of_thousands_of_changes_the_first_of_each_sort_are_shown(administrator: Browser) -> None:
    rows = "".join(f"Eve Fox {each},eve{each}@council.example,Oak,,\n" for each in range(1_200))
    page = await send(administrator, (PEOPLE + rows).encode(), allow_vacant="yes")
    assert "1,202 are added, 1 are changed, 0 stay as they are." in page.text
    assert "The first of each sort of 1,203 changes" in page.text
    assert "Add person: 1,191 more" in page.text
    assert page.text.count("<li>Add ") == 12


async def test_every_problem_is_said_at_once_in_the_pages_words_and_the_file_stays(
    administrator: Browser, store: Store
) -> None:
    before = all_rows(store)
    wrong = "name,email,work_days,Shoe size\n,ade@council.example,0812,41\n"
    page = await send(administrator, wrong.encode(), renamed="a@b.example=c@d.example")
    assert page.status_code == 422
    assert "by the tick “Leave out columns that are not ours”" in page.text
    page = await administrator.send_form(PATH, step="check", leave_out_others="yes", **hidden(page), kind="people")
    assert page.status_code == 422
    assert "people.csv:2:1: name: this cell is empty" in page.text
    assert "people.csv:2:3: work_days" in page.text
    assert hidden(page)["name"] == "people.csv"
    assert all_rows(store) == before


async def test_a_role_that_nobody_holds_is_gone_on_without_only_if_that_is_said(administrator: Browser) -> None:
    page = await send(administrator, PEOPLE.encode())
    assert page.status_code == 422
    assert "Tick “Go on although nobody holds some role”" in page.text
    page = await administrator.send_form(PATH, step="check", allow_vacant="yes", kind="people", **hidden(page))
    assert page.status_code == 200


async def test_whoever_is_not_in_the_file_has_left_if_that_is_said(administrator: Browser, store: Store) -> None:
    text = "name,email,administrator\nQuinn Achebe,quinn@council.example,yes\nAde Bello,ade@council.example,\n"
    shown = await send(administrator, text.encode(), absent_have_left="yes", allow_vacant="yes")
    assert "Bea Cole (bea@council.example) has left" in shown.text
    await administrator.send_form(PATH, step="save", **hidden(shown))
    assert not person(store, BEA).active


async def test_cases_come_in_too_and_the_log_has_numbers_alone(administrator: Browser, store: Store) -> None:
    shown = await send(administrator, b"reference,team\n7199999,Maple\n", "cases.csv", kind="cases")
    page = await administrator.send_form(PATH, step="save", **hidden(shown))
    assert "cases.csv is taken in. 1 thing added, 0 changed." in page.text
    (event,) = events(store, "file-imported")
    assert event.detail == {"kind": "cases", "added": 1, "changed": 0}


async def test_what_is_no_file_of_rows_is_refused(administrator: Browser) -> None:
    for content, sentence in (
        (b"", "Choose a file"),
        (b"%PDF-1.7", "this is a PDF"),
        (b"PK\x03\x04nothing", "cannot be read"),
        (b"\x00\x01", "this is not a text file"),
        (b"a" * (uploads.LARGEST + 1), "larger than 2 MB"),
    ):
        page = await send(administrator, content)
        assert page.status_code == 422
        assert sentence in page.text


async def test_a_page_that_was_tampered_with_does_nothing(administrator: Browser, store: Store) -> None:
    before = all_rows(store)
    for content in ("!!!", "AAAA", "é"):
        page = await administrator.send_form(PATH, step="save", kind="people", name="x", content=content, mark="x")
        assert page.status_code == 422
    shown = await send(administrator, PEOPLE.encode(), allow_vacant="yes")
    found = hidden(shown) | {"mark": (MARK.search(shown.text) or ["", ""])[1][::-1]}
    page = await administrator.send_form(PATH, step="save", **found)
    assert "Something has changed since you looked" in page.text
    assert all_rows(store) == before


async def test_it_is_for_administrators(quinn: Browser, store: Store) -> None:
    assert (await quinn.open(PATH)).status_code == 403
    assert (await send(quinn, PEOPLE.encode())).status_code == 403
    assert (await quinn.open("/administration/people.csv")).status_code == 403


async def test_everybody_as_a_file_changes_nothing(administrator: Browser, store: Store) -> None:
    file = await administrator.open("/administration/people.csv")
    assert [each.actor_id for each in events(store, "people-exported")] == [QUINN]
    shown = await send(administrator, file.content, allow_vacant="yes")
    assert "Nothing: it is so already." in shown.text
