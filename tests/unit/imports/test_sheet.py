"""Files as spreadsheets write them: read if they can be, refused with the place and the way out if not."""

from pathlib import Path

import pytest

from qabot.errors import BadFile
from qabot.imports.sheet import Headings, Reader, read_sheet

HEADINGS = Headings(("name", "email"), ("line_manager", "roles"))
TEXT = "name;email;roles\r\nMarek Wiśniewski;marek@council.example;slt\r\n"


def read(tmp_path: Path, content: bytes) -> list[dict[str, str]]:
    path = tmp_path / "people.csv"
    path.write_bytes(content)
    sheet = read_sheet(path, HEADINGS)
    return [{heading: cell.text for heading, cell in record.cells.items()} for record in sheet.records]


def refused(tmp_path: Path, content: bytes | str) -> list[str]:
    path = tmp_path / "people.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(BadFile) as caught:
        read_sheet(path, HEADINGS)
    return [str(problem).removeprefix(f"{path}:").strip() for problem in caught.value.problems]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_what_excel_writes_is_read(tmp_path: Path, encoding: str, delimiter: str) -> None:
    rows = read(tmp_path, TEXT.replace(";", delimiter).encode(encoding))
    assert rows == [{"name": "Marek Wiśniewski", "email": "marek@council.example", "roles": "slt"}]


def test_windows_1252_is_read(tmp_path: Path) -> None:
    rows = read(tmp_path, "name,email\nZoë O’Brien,zoe@council.example\n".encode("cp1252"))
    assert rows[0]["name"] == "Zoë O’Brien"


def test_a_line_that_names_the_separator_is_passed_over(tmp_path: Path) -> None:
    assert read(tmp_path, f"sep=;\r\n{TEXT}".encode())[0]["roles"] == "slt"


def test_headings_may_have_spaces_and_capitals_and_any_order(tmp_path: Path) -> None:
    rows = read(tmp_path, b"E-mail,Name\n".replace(b"E-mail", b"EMAIL") + b"a@council.example,Ana Costa\n")
    assert rows == [{"email": "a@council.example", "name": "Ana Costa"}]
    for heading in (b"Line manager", b"LineManager", b"line-manager"):
        assert "line_manager" in read(tmp_path, b"name,E-mail," + heading + b"\nA B,a@council.example,\n")[0]


def test_blank_rows_are_passed_over_and_lines_still_count(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text('name,email\n,\n\n"Ana\nCosta",a@council.example\nBo Lim,b@council.example\n')
    assert [record.line for record in read_sheet(path, HEADINGS).records] == [4, 6]


def test_a_row_that_excel_cut_short_has_empty_cells(tmp_path: Path) -> None:
    assert read(tmp_path, b"name,email,roles\nAna Costa,a@council.example\n")[0]["roles"] == ""


def test_a_row_with_too_many_cells_is_told_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("name,email\nCosta, Ana,a@council.example\n")
    (problem,) = read_sheet(path, HEADINGS).problems
    assert (problem.line, problem.column) == (2, 3)
    assert "put a value that holds ',' in quotes" in problem.what


@pytest.mark.parametrize("begin", ["=", "+", "-", "@"])
def test_a_cell_that_a_spreadsheet_would_run_is_told(tmp_path: Path, begin: str) -> None:
    path = tmp_path / "people.csv"
    path.write_text(f"email,name\na@council.example, {begin}HYPERLINK(1)\n")
    (problem,) = read_sheet(path, HEADINGS).problems
    assert (problem.line, problem.column, problem.where) == (2, 2, "name")
    assert problem.what.startswith(f"begins with '{begin}', which a spreadsheet runs as a formula")


@pytest.mark.parametrize("content", ["", "\n\n", "\ufeff", "sep=;\n"])
def test_an_empty_file_is_refused(tmp_path: Path, content: str) -> None:
    assert refused(tmp_path, content) == ["the file is empty: expected a row of headings and a row for each"]


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="there is no such file"):
        read_sheet(tmp_path / "none.csv", HEADINGS)
    with pytest.raises(BadFile, match="it cannot be read: Is a directory"):
        read_sheet(tmp_path, HEADINGS)


def test_a_workbook_that_cannot_be_read_is_refused_with_what_to_do(tmp_path: Path) -> None:
    assert refused(tmp_path, b"PK\x03\x04rest") == [
        "this workbook cannot be read: is it protected by a password? Save it without, or as 'CSV UTF-8'"
    ]


def test_letters_in_no_known_encoding_are_refused_with_their_line(tmp_path: Path) -> None:
    what = "these letters are in no known encoding: save the file as 'CSV UTF-8 (comma delimited)'"
    assert refused(tmp_path, b"name,email\nA,a@b.c\n\x81,b@b.c\n") == [f"3:1: {what}"]
    assert refused(tmp_path, "name,email\nZoë,".encode() + "Zoë".encode("cp1252")) == [f"2:1: {what}"]
    assert refused(tmp_path, b"name,email\nA\x00,b") == ["2:1: this is not a text file: expected CSV"]


def test_a_wrong_heading_is_told_with_a_guess(tmp_path: Path) -> None:
    assert refused(tmp_path, "name,emial,linemanger,colour\n") == [
        "1:2: emial: not known here: did you mean 'email'?",
        "1:3: linemanger: not known here: did you mean 'line_manager'?",
        "1:4: colour: not known here: take them out, or leave them out with --leave-out-others. Known are name, email, "
        "line_manager, roles",
    ]


def test_a_column_by_another_name_is_told_with_the_map_that_names_it(tmp_path: Path) -> None:
    first, *missing = refused(tmp_path, "Full Name,Work E-Mail,Job Title\n")
    assert first.startswith("1:1: Full Name, Work E-Mail, Job Title: not known here")
    assert missing == [
        "1:1: name: this column is missing: if it is 'Full Name', give --map with a file that says columns: "
        "{Full Name: name}",
        "1:1: email: this column is missing: if it is 'Work E-Mail', give --map with a file that says columns: "
        "{Work E-Mail: email}",
    ]
    assert "if it is 'First Name' or 'Family Name'" in str(refused(tmp_path, "First Name,Family Name,email\n"))


def test_missing_doubled_and_empty_headings_are_told(tmp_path: Path) -> None:
    assert refused(tmp_path, "name,name,,roles\n") == [
        "1:1: email: this column is missing",
        "1:2: name: this heading comes twice",
        "1:3: this column has no heading",
    ]


@pytest.mark.parametrize("heading", ["Child's name", "DOB", "NHS number", "postcode"])
def test_a_column_about_a_child_is_refused(tmp_path: Path, heading: str) -> None:
    assert refused(tmp_path, f"name,email,{heading}\n") == [
        f"1:3: {heading}: qabot must hold nothing about a child or family: take them out, or leave them out with "
        "--leave-out-others"
    ]


def test_quotation_marks_that_do_not_match_are_told_with_their_line(tmp_path: Path) -> None:
    (what,) = refused(tmp_path, 'name,email\nA,a@b.c\n"B,b@b.c\n')
    assert what.startswith("3:1: the quotation marks do not match")


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("\ufeff <!DOCTYPE html><html><table><tr><td>name</td></tr></table>", "this is a web page, whatever its name"),
        ("<table><tr><td>name</td><td>email</td></tr></table>", "this is a web page, whatever its name"),
        ('[{"name": "Ana Costa", "email": "a@council.example"}]', "this is JSON"),
    ],
)
def test_what_is_no_table_is_called_what_it_is_and_not_repeated(tmp_path: Path, content: str, what: str) -> None:
    (said,) = refused(tmp_path, content)
    assert what in said
    assert "name" not in said.removeprefix("this is a web page, whatever its name")


def test_headings_that_stand_again_on_each_page_of_a_list_are_no_people(tmp_path: Path) -> None:
    rows = read(tmp_path, b"name,email\nAna Costa,a@council.example\nname,email\nBo Lim,b@council.example\n")
    assert [each["name"] for each in rows] == ["Ana Costa", "Bo Lim"]


def test_of_thousands_of_columns_a_few_are_named(tmp_path: Path) -> None:
    """A workbook may have 16,384: one line of 120,000 letters told nobody anything."""
    strange = [f"column {number}" for number in range(1000)]
    header = ",".join(["name", "email", *strange, "x" * 5000])
    [what] = refused(tmp_path, f"{header}\nAna,ana@council.example\n")
    assert "column 0, column 1, " in what
    assert "column 19 and 981 more" in what
    assert len(what) < 1500
    path = tmp_path / "people.csv"
    notes = read_sheet(path, HEADINGS, Reader(leave_out_others=True)).notes
    assert "column 19 and 981 more" in notes[0]


def test_a_cell_of_millions_of_letters_is_told_as_one(tmp_path: Path) -> None:
    [what] = refused(tmp_path, "name,email\n" + "x" * 200_000 + ",ana@council.example\n")
    assert what.startswith("2:1: a cell has more than 131,072 characters")
