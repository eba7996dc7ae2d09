"""Files of other programs, as they leave them: read by a profile or a map, or told in few lines what to do."""

import re
import zipfile
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest
from sqlmodel import Session, select

from qabot.errors import BadFile, SetupError
from qabot.framework import Framework
from qabot.imports import apply_cases, apply_people, plan_audits, plan_cases, plan_people, read_audits, read_cases
from qabot.imports.changes import Changes
from qabot.imports.joining import join_cases, join_people
from qabot.imports.mapping import PROFILES, Map, plain, profile, read_map
from qabot.imports.people import Wishes
from qabot.imports.people_rows import read_people
from qabot.imports.sheet import Reader
from qabot.models import Case, CaseInvolvement, Person, RoleHolding
from tests.unit.imports.conftest import NOW

FILES = Path(__file__).parent / "files"
PAGE = (Path(__file__).parents[3] / "docs" / "imports.md").read_text("utf-8")


@pytest.fixture
def maps(tmp_path: Path) -> dict[str, Map]:
    """The maps of the documentation, each as a file of its own."""
    blocks = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    found = {}
    for name, block in zip(("hr", "allocations", "tracker"), blocks, strict=True):
        (tmp_path / f"{name}.yaml").write_text(block, "utf-8")
        found[name] = read_map(tmp_path / f"{name}.yaml")
    return found


def bring(session: Session, framework: Framework, file: str, reader: Reader | None = None, **wishes: object) -> Changes:
    """Import a file of people."""
    rows = read_people(FILES / file, reader)
    changes = plan_people(session, rows, framework, NOW, Wishes(**wishes))  # type: ignore[arg-type]
    apply_people(session, changes)
    return changes


@pytest.fixture
def staffed(session: Session, newham: Framework) -> Session:
    """The people of people.csv are here."""
    bring(session, newham, "people.csv")
    return session


def told(wrong: pytest.ExceptionInfo[BadFile]) -> list[str]:
    return [line.replace(f"{FILES}/", "") for line in str(wrong.value).splitlines()]


def test_a_file_in_our_columns_comes_in_and_a_second_time_changes_nothing(staffed: Session, newham: Framework) -> None:
    for file in ("people.csv", "people.xlsx"):
        again = bring(staffed, newham, file)
        assert (again.changes, again.unchanged) == ((), 13)


@pytest.mark.parametrize(
    ("name", "file", "out"),
    [("entra", "entra.csv", []), ("slack", "slack.csv", ["status *Bot*", "status *Guest*", "never here"])],
)
def test_an_export_comes_in_by_its_profile(
    staffed: Session, newham: Framework, name: str, file: str, out: list[str]
) -> None:
    changes = bring(staffed, newham, file, Reader(profile(name), joined=join_people))
    assert (changes.changes, changes.unchanged) == ((), 13)
    columns, *rows = changes.notes
    assert columns.startswith("columns left out: ")
    assert [each for each, what in zip(rows, out, strict=True) if what not in each or ": 1 (" not in each] == []


def test_an_export_is_known_by_its_headings(tmp_path: Path) -> None:
    with pytest.raises(BadFile) as wrong:
        read_people(FILES / "entra.csv")
    assert len(told(wrong)) <= 3
    assert "give --profile entra" in str(wrong.value)
    assert "about a child" not in str(wrong.value), "an address of staff is no child's"
    google = tmp_path / "google.csv"
    google.write_text(
        "First Name [Required],Last Name [Required],Email Address [Required],Password [Required],Status [READ ONLY]\n"
        "Ana,Costa,ana@council.example,****,Active\nBo,Lim,bo@council.example,****,Suspended\n"
    )
    with pytest.raises(BadFile, match="give --profile google"):
        read_people(google)
    rows = read_people(google, Reader(profile("google"))).rows
    assert [(row.name, row.email, row.active) for row in rows] == [
        ("Ana Costa", "ana@council.example", True),
        ("Bo Lim", "bo@council.example", False),
    ]
    microsoft = tmp_path / "active.csv"
    microsoft.write_text(
        "Block credential,Display name,Proxy addresses,User principal name\n"
        "False,Ana Costa,smtp:a.c@council.example+SMTP:Ana.Costa@council.example,100001@council.example\n"
        "True,Old Box,SMTP:box@council.example,box@council.example\n"
        "False,Guest,,guest_x.example#EXT#@council.onmicrosoft.com\n"
    )
    read = read_people(microsoft, Reader(profile("microsoft-365")))
    assert [(row.name, row.email) for row in read.rows] == [("Ana Costa", "ana.costa@council.example")]
    assert len(read.notes) == 3


def test_an_hr_list_comes_in_by_a_map_of_the_documentation(
    staffed: Session, newham: Framework, maps: dict[str, Map]
) -> None:
    changes = bring(staffed, newham, "hr.csv", Reader(maps["hr"], joined=join_people))
    people = {each.email: each for each in staffed.exec(select(Person))}
    assert len(people) == 13, "two posts are one person, and a vacant one is nobody"
    assert people["renee.achebe@council.example"].employee_id == "100004"
    assert people["zoe.bronte-hughes@council.example"].name == "Zoë Brontë-Hughes"
    lead = people["sian.llewellyn@council.example"]
    assert people["chloe.dubois@council.example"].line_manager_id == lead.id, "the manager is named by number"
    roles = {(each.person_id, each.role) for each in staffed.exec(select(RoleHolding)) if each.to_on is None}
    assert (lead.id, "practice-lead") in roles, "a title of the framework is its role"
    assert [each for each in changes.notes if each.startswith("rows left out")] == [
        "rows left out: 1 (Name VACANT)",
        "rows left out: 1 (Name empty)",
    ]
    assert (again := bring(staffed, newham, "hr.csv", Reader(maps["hr"], joined=join_people))).changes == (), again


def test_allocations_come_in_by_a_map_of_the_documentation(
    staffed: Session, newham: Framework, maps: dict[str, Map]
) -> None:
    reader = Reader(maps["allocations"], joined=join_cases)
    changes = plan_cases(staffed, read_cases(FILES / "allocations.csv", reader), newham)
    apply_cases(staffed, changes)
    cases = {each.reference: each for each in staffed.exec(select(Case))}
    assert len(cases) == 7, "a row for each allocation is one case"
    involved = staffed.exec(
        select(Person.name).join(CaseInvolvement).where(CaseInvolvement.case_id == cases["0104521"].id)
    ).all()
    assert involved == ["Mo Rahman"], "whoever worked on it before has been involved"
    assert staffed.get_one(Person, cases["0104521"].practitioner_id).name == "Tom Fielding"
    assert [each.what for each in changes.warnings] == ["is closed and was never here, so it is left out"]
    assert plan_cases(staffed, read_cases(FILES / "allocations.csv", reader), newham).changes == ()
    assert plan_cases(staffed, read_cases(FILES / "cases.csv"), newham).of("case", new=False) == []


def test_a_tracker_is_understood_but_for_what_only_people_know(
    staffed: Session, newham: Framework, maps: dict[str, Map]
) -> None:
    apply_cases(staffed, plan_cases(staffed, read_cases(FILES / "cases.csv"), newham))
    rows = read_audits(FILES / "tracker.csv", newham, Reader(maps["tracker"]))
    with pytest.raises(BadFile) as wrong:
        plan_audits(staffed, rows, newham)
    assert told(wrong) == [
        "tracker.csv:7:5: auditor: nobody called 'S Llewellyn' is known (is it sian.llewellyn@council.example?): "
        "expected an e-mail, a number or a whole name",
        "tracker.csv:8:8: manager-overall: a grade needs the day on which it was submitted: expected submitted_on as "
        "well",
    ]
    assert {str(row.submitted_on) for row in rows.rows[:3]} == {"2026-10-14", "2026-10-15", "2026-10-16"}
    assert [row.answers["manager-overall"] for row in rows.rows[:3]] == ["amber", "amber", "green"]


def test_a_file_with_spoiled_letters_is_refused_in_one_line(session: Session, newham: Framework) -> None:
    with pytest.raises(BadFile) as wrong:
        bring(session, newham, "msdos.csv")
    (line,) = told(wrong)
    assert line.startswith("msdos.csv: name (lines 4, 5, 6 and 1 more): 'Zo‰ Bront‰-Hughes' holds '‰'")


def test_a_workbook_that_would_take_the_memory_is_refused(tmp_path: Path) -> None:
    """A quarter of a megabyte that unpacks to 250."""
    with zipfile.ZipFile(tmp_path / "people.xlsx", "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/worksheets/sheet1.xml", b" " * 250_000_000)
    with pytest.raises(BadFile) as wrong:
        read_people(tmp_path / "people.xlsx")
    assert [each.what for each in wrong.value.problems] == [
        "this workbook is 250 MB once it is unpacked: save the sheet alone, or as 'CSV UTF-8'"
    ]


def test_a_new_surname_and_address_are_asked_about_and_stay_one_person(staffed: Session, newham: Framework) -> None:
    old, new = "sian.llewellyn@council.example", "sian.okafor@council.example"
    with pytest.raises(BadFile) as wrong:
        bring(staffed, newham, "renamed.csv")
    assert f"--renamed {old}={new}" in str(wrong.value)
    before = staffed.exec(select(Person).where(Person.email == old)).one().id
    changes = bring(staffed, newham, "renamed.csv", renamed={old: new})
    person = staffed.exec(select(Person).where(Person.email == new)).one()
    assert (person.id, person.name) == (before, "Siân Okafor")
    assert staffed.exec(select(Person).where(Person.email == old)).all() == []
    assert changes.of("role") == [], "the roles are still theirs"
    assert bring(staffed, newham, "renamed.csv").changes == ()


def test_every_key_of_a_map_is_documented() -> None:
    (table,) = re.findall(r"<!-- map -->(.*?)<!-- end -->", PAGE, re.DOTALL)
    keys = [field.alias or name for name, field in Map.model_fields.items()]
    assert re.findall(r"^\| `([\w-]+)` \|", table, re.MULTILINE) == keys


def test_every_profile_is_documented_and_fits_the_columns_of_people() -> None:
    names = {each.stem for each in PROFILES.glob("*.yaml")}
    assert names == {"entra", "google", "microsoft-365", "slack"}
    assert [name for name in names if f"`{name}`" not in PAGE] == []


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("columns: {Name: name, Mail: email, Colour: colour}", "the map has 'colour', no column here"),
        ("columns: {Name: name, Post: email}", "the map expects 'Post' for email, and there is no such heading"),
        ("columns: {Name: name}", "the map gives nothing for email"),
        ("columns: {Name: name, Mail: email}\nleave-out: [{Kind: x}]", "the map names 'Kind'"),
        ("columns: {Name: name, Mail: email}\nleafe-out: []", "leafe-out: there is no such key in a map"),
        ("title: nothing", "columns: this key is missing"),
        ("columns: [", "this is not YAML"),
    ],
)
def test_a_map_that_is_wrong_says_where(tmp_path: Path, text: str, what: str) -> None:
    (tmp_path / "map.yaml").write_text(text)
    (tmp_path / "list.csv").write_text("Name,Mail\nAna Costa,ana@council.example\n")
    with pytest.raises(BadFile, match=re.escape(what)):
        read_people(tmp_path / "list.csv", Reader(read_map(tmp_path / "map.yaml")))


def test_a_profile_that_is_not_there_is_told_with_those_that_are() -> None:
    with pytest.raises(SetupError, match="There are: entra, google, microsoft-365, slack"):
        profile("workday")


def test_columns_that_are_not_ours_are_named_once_and_left_out_when_asked(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("name,email,streetAddress,gender,\nAna Costa,ana@council.example,1 High St,F,+44 20\n")
    with pytest.raises(BadFile) as wrong:
        read_people(file)
    assert len([line for line in str(wrong.value).splitlines() if "streetAddress, gender" in line]) == 1
    rows = read_people(file, Reader(leave_out_others=True))
    assert (rows.notes, rows.problems) == (("columns left out: streetAddress, gender",), ())
    assert set(rows.rows[0].record.cells) == {"name", "email"}


@pytest.mark.parametrize("heading", ["Establishment List - Children", "Email Address [Required]", "streetAddress"])
def test_what_a_staff_list_calls_its_columns_is_not_about_a_child(tmp_path: Path, heading: str) -> None:
    (tmp_path / "list.csv").write_text(f"name,email,{heading}\nAna Costa,ana@council.example,x\n")
    with pytest.raises(BadFile) as wrong:
        read_people(tmp_path / "list.csv")
    assert "about a child" not in str(wrong.value)


def test_headings_are_found_below_titles_whatever_parts_the_cells(tmp_path: Path) -> None:
    for delimiter in (",", ";", "\t"):
        rows = [["Staff list"], ["As of:", "1 November 2026"], [], ["Email", "Name"], ["a@b.example", "Ana, Costa"]]
        text = "\n".join(delimiter.join(f'"{cell}"' for cell in row) for row in rows)
        (tmp_path / "list.csv").write_text(text)
        (row,) = read_people(tmp_path / "list.csv").rows
        assert (row.record.line, row.email) == (5, "a@b.example")


def test_the_sheet_with_our_headings_is_read_wherever_it_stands(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["Notes"])
    book.active.append(["by HR", 3])
    sheet = book.create_sheet("List")
    sheet.append(["Staff of the directorate"])
    sheet.append([])
    sheet.append(["name", "email", "employee_id", "away_from", "away_to", "administrator"])
    sheet.append(["Ana Costa", "ana@council.example", 100001, datetime(2026, 12, 1), 46358, True])
    book.save(tmp_path / "list.xlsx")
    (row,) = read_people(tmp_path / "list.xlsx").rows
    assert (row.record.line, row.employee_id, row.administrator) == (4, "100001", True)
    assert (str(row.away_from), str(row.away_to)) == ("2026-12-01", "2026-12-02")


def test_a_cell_without_a_value_is_refused_and_not_taken_for_an_empty_one(tmp_path: Path) -> None:
    """An empty cell of a list takes a role or a manager away: what a spreadsheet could not work out is none."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["name", "email", "roles", "line_manager", "notes"])
    sheet.append(["Ana Costa", "ana@council.example", "slt", "", ""])
    for place, error in (("C2", "#REF!"), ("E2", "#N/A")):
        sheet[place].value, sheet[place].data_type = error, "e"
    sheet["D2"] = "=B2"
    book.save(tmp_path / "list.xlsx")
    rows = read_people(tmp_path / "list.xlsx", Reader(leave_out_others=True))
    found = {each.where: each.what for each in rows.problems}
    assert found["roles"].startswith("holds '#REF!', so the spreadsheet could not work it out")
    assert found["line_manager"].startswith("begins with '='")
    assert found.keys() == {"roles", "line_manager"}, "a column that is left out holds nothing up"


def test_error_words_of_a_spreadsheet_are_nobodys_name(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("name,email,team\n#N/A,a@b.example,#REF!\n")
    problems = read_people(tmp_path / "list.csv").problems
    assert [each.where for each in problems if "could not work it out" in each.what] == ["name", "team"]


def test_a_sheet_that_people_see_goes_before_one_that_is_hidden(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title, book.active.sheet_state = "Old", "hidden"
    for sheet, name in ((book.active, "Old Name"), (book.create_sheet("New"), "New Name")):
        sheet.append(["name", "email"])
        sheet.append([name, "ana@council.example"])
    book.active = 1
    book.save(tmp_path / "list.xlsx")
    read = read_people(tmp_path / "list.xlsx")
    assert [each.name for each in read.rows] == ["New Name"]
    assert any("Old" in each for each in read.notes)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("name,email,team\nAna,ana@b.example,North\nBo,bo@b.exam", 3),
        ("name,email,team\nAna,ana@b.example,North\nBo,bo@b.example\n", 0),  # the row is ended
        ("name,email,team\nAna,ana@b.example\nBo,bo@b.example", 0),  # they are all like this
        ("name,email,team\nAna,ana@b.example,North\nBo,bo@b.example,", 0),
    ],
)
def test_a_file_that_is_cut_off_in_a_row_is_refused(tmp_path: Path, text: str, line: int) -> None:
    (tmp_path / "list.csv").write_text(text)
    if not line:
        assert len(read_people(tmp_path / "list.csv").rows) == 2
        return
    with pytest.raises(BadFile) as wrong:
        read_people(tmp_path / "list.csv")
    assert [each.line for each in wrong.value.problems] == [line]
    assert "2 of 3 cells" in str(wrong.value)


def test_a_cell_that_goes_over_several_rows_counts_for_each_of_them(tmp_path: Path) -> None:
    """A team in one cell beside all of its people, and headings that are two rows high."""
    book = openpyxl.Workbook()
    sheet = book.active
    for cells in (
        ("name", "email", "Where", None),
        (None, None, "team", "service"),
        ("Ana Costa", "ana@council.example", "North", "Care"),
        ("Bo Finch", "bo@council.example", None, None),
        ("Cy Dunn", "cy@council.example", "South", "Care"),
    ):
        sheet.append(cells)
    for merged in ("A1:A2", "B1:B2", "C1:D1", "C3:C4", "D3:D4"):
        sheet.merge_cells(merged)
    book.save(tmp_path / "list.xlsx")
    rows = read_people(tmp_path / "list.xlsx").rows
    assert [(each.record.line, each.name, each.team, each.service) for each in rows] == [
        (3, "Ana Costa", "North", "Care"),
        (4, "Bo Finch", "North", "Care"),
        (5, "Cy Dunn", "South", "Care"),
    ]


def test_another_sheet_with_the_same_headings_is_named(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for sheet in (book.active, book.create_sheet("Leavers"), book.create_sheet("Notes")):
        sheet.append(["name", "email"] if sheet.title != "Notes" else ["by", "HR"])
        sheet.append([f"Ana {sheet.title}", "ana@council.example"])
    book.save(tmp_path / "list.xlsx")
    read = read_people(tmp_path / "list.xlsx")
    assert [each.name for each in read.rows] == ["Ana Sheet"]
    assert "sheets with the same headings that were not read: Leavers" in read.notes


@pytest.mark.parametrize("sign", ["\x0b", "\x0c", "\x1c", "\x85", "\u2028"])
def test_lines_are_counted_as_a_spreadsheet_ends_them(tmp_path: Path, sign: str) -> None:
    (tmp_path / "list.csv").write_bytes(f'name,email\n"Ana{sign}Costa",a@b.example\nBo,wrong\n'.encode())
    (problem,) = read_people(tmp_path / "list.csv").problems
    assert problem.line == 3


def test_two_thousand_wrong_rows_are_few_lines(tmp_path: Path, session: Session, newham: Framework) -> None:
    rows = [f"Zo‰ {number},person{number}.council.example,nobody{number}@x.example" for number in range(2000)]
    (tmp_path / "list.csv").write_text("\n".join(["name,email,line_manager", *rows]))
    with pytest.raises(BadFile) as wrong:
        plan_people(session, read_people(tmp_path / "list.csv"), newham, NOW)
    lines = str(wrong.value).splitlines()
    assert len(lines) == 3
    assert "email (lines 2, 3, 4 and 1,997 more): 'person0.council.example' is not an e-mail address" in lines[1]


def test_headings_are_compared_by_what_they_say() -> None:
    assert plain("Email Address [Required]") == plain("e-mail address".replace("e-m", "em")) == "email_address"


def test_rooms_and_shared_mailboxes_are_nobody(tmp_path: Path) -> None:
    file = tmp_path / "users.csv"
    file.write_text(
        "Display name,Licenses,Proxy addresses,User principal name\n"
        "Ana Costa,Microsoft 365 E3,SMTP:ana@council.example,100001@council.example\n"
        "Meeting Room 4,Unlicensed,SMTP:room4@council.example,room4@council.example\n"
    )
    read = read_people(file, Reader(profile("microsoft-365")))
    assert [row.email for row in read.rows] == ["ana@council.example"]
    assert "rows left out: 1 (Licenses Unlicensed)" in read.notes
