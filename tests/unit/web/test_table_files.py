"""Lists as files: texts stay texts, dates are dates, headings stay in sight, and a file has what its page shows."""

import csv
import io
from datetime import UTC, date, datetime

import openpyxl
import pytest

from qabot.models import Store
from qabot.web.table_files import CSV, XLSX, Cell, CsvTables, Table, XlsxTables, file_of
from tests.unit.web import world
from tests.unit.web.conftest import Browser, events

AT = datetime(2026, 7, 1, 8, 30, 5, tzinfo=UTC)
ODD = ["=1+1", "+44 20", "-cmd", "@SUM(A1)", "\tx", " =1", "＝1+1", "http://x.example", "007", "1e5", "a\0b"]
LISTS = {
    "/programme/owed": "Who owes what",
    "/programme/notices": "Notices",
    "/programme/people": "People",
    "/programme/log": "Event log",
    "/programme/coming": "What will be sent",
}


def book(content: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(content))


def lines(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


@pytest.mark.parametrize("text", ODD)
def test_a_workbook_has_each_text_as_it_stands_and_no_formula_or_link(text: str) -> None:
    cell = book(file_of(XLSX, [Table("t", ["h"], [[text]])])).worksheets[0]["A2"]
    assert cell.data_type == "s"
    assert cell.hyperlink is None
    seen = text.replace("\0", "").replace("\t", " ")
    assert cell.value == seen
    # What somebody opens and leaves with Enter would become a formula in any other format.
    if text.strip()[:1] in "=+-@＝":
        assert cell.number_format == "@"


@pytest.mark.parametrize("text", [each for each in ODD if each.strip()[:1] in "=+-@＝"])
def test_csv_puts_an_apostrophe_before_what_would_run(text: str) -> None:
    assert lines(file_of(CSV, [Table("t", ["h"], [[text]])]))[1] == [f"'{text}"]


def test_dates_and_numbers_are_what_they_are() -> None:
    rows: list[list[Cell]] = [[date(2026, 11, 30), AT, 3, 2.5, None, date(1066, 10, 14), -4]]
    sheet = book(file_of(XLSX, [Table("t", list("abcdefg"), rows)])).worksheets[0]
    assert [each.value for each in sheet[2]] == [
        datetime(2026, 11, 30),
        datetime(2026, 7, 1, 9, 30, 5),
        3,
        2.5,
        None,
        "1066-10-14",
        -4,
    ]
    assert sheet["A2"].number_format == "d mmmm yyyy"
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:G2"
    plain = lines(file_of(CSV, [Table("t", list("abcdefg"), rows)]))[1]
    assert plain == ["2026-11-30", "2026-07-01 09:30:05", "3", "2.5", "", "1066-10-14", "-4"]


def test_several_tables_are_sheets_with_names_that_excel_takes() -> None:
    titles = ["Grades: by service [all]", "x" * 40, "x" * 40, "History", "'", "Grades: by service [all]"]
    tables = [Table(title, ["h"], [["v"]]) for title in titles]
    names = book(file_of(XLSX, tables)).sheetnames
    assert len({each.casefold() for each in names}) == len(titles)
    assert names[0] == "Grades  by service  all"
    assert not [each for each in names if len(each) > 31 or each.casefold() == "history"]
    assert lines(file_of(CSV, tables))[:5] == [[titles[0]], ["h"], ["v"], [], ["x" * 40]]


def test_what_is_too_long_for_a_sheet_goes_on_in_the_next_and_for_a_cell_is_cut() -> None:
    file = io.BytesIO()
    writer = XlsxTables(file, most_rows=3)
    writer.begin("Long", ["h"])
    writer.add([[number] for number in range(5)])
    writer.end()
    sheets = book(file.getvalue()).worksheets
    assert [[row[0].value for row in sheet.rows] for sheet in sheets] == [["h", 0, 1], ["h", 2, 3], ["h", 4]]
    cell = book(file_of(XLSX, [Table("t", ["h"], [["a" * 40_000]])])).worksheets[0]["A2"].value
    assert len(cell) <= 32_767
    assert cell.endswith("…")


def test_a_table_without_rows_has_its_headings() -> None:
    assert [each.value for each in book(file_of(XLSX, [Table("t", ["h"], [])])).worksheets[0][1]] == ["h"]
    assert lines(file_of(CSV, [Table("t", ["h"], [])])) == [["h"]]
    file = io.BytesIO()
    CsvTables(file, titles=False).end()
    assert file.getvalue() == b""


@pytest.mark.parametrize("path", LISTS)
async def test_each_list_of_the_programme_is_a_workbook_and_csv_with_the_same_rows(
    quinn: Browser, ade: Browser, store: Store, path: str
) -> None:
    short = path.removeprefix("/programme/")
    workbook, plain = await quinn.get(f"{path}.xlsx"), await quinn.get(f"{path}.csv")
    assert (workbook.status_code, plain.status_code) == (200, 200)
    assert workbook.headers["content-disposition"] == f'attachment; filename="qabot-{short}-2026-11-23.xlsx"'
    sheet = book(workbook.content).worksheets[0]
    assert sheet.title == LISTS[path]
    rows = lines(plain.content)
    assert [str(each.value) for each in sheet[1]] == rows[0]
    # The log has one line more by then: that it was taken.
    assert sheet.max_row == len(rows) - (path == "/programme/log")
    assert len(events(store, f"{short}-exported")) == 2
    page = await quinn.open("/programme" if short == "owed" else path)
    assert (f'href="{path}.xlsx' in page.text) == (sheet.max_row > 1)
    assert (await ade.get(f"{path}.xlsx")).status_code == 403


@pytest.mark.parametrize(
    ("path", "has", "has_not"),
    [
        ("/programme/owed.csv?state=met", "Bea Cole", "Ade Bello"),
        ("/programme/owed.csv", "Ade Bello", "Bea Cole"),
        ("/programme/notices.csv?lane=due", "Ade Bello", "Bea Cole"),
        ("/programme/people.csv?name=quinn", "Quinn Achebe", "Ade Bello"),
    ],
)
async def test_a_file_is_narrowed_as_its_page_is(quinn: Browser, path: str, has: str, has_not: str) -> None:
    text = (await quinn.get(path)).text
    assert has in text
    assert has_not not in text
    page = await quinn.open(path.replace("/owed", "").replace(".csv", ""))
    query = path.partition("?")[2]
    assert not query or f".xlsx?{query}" in page.text


async def test_a_long_list_is_whole(quinn: Browser, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    from qabot.web import lists

    monkeypatch.setattr(lists, "BATCH", 2)
    with store.transaction() as session:
        for number in range(7):
            session.add(world.notice(f"more-{number}", world.BEA, "news"))
    assert len(lines((await quinn.get("/programme/notices.csv")).content)) == 1 + 3 + 7
