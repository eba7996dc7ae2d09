"""No cell that comes in or goes out is run by a spreadsheet."""

import csv
import io
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qabot.errors import BadFile
from qabot.imports.cases import read_cases
from qabot.imports.formulas import formula_problem, runs, safe_cell
from qabot.imports.people_rows import read_people

SIGNS = "=+-@＝＋－＠﹦﹢﹣﹫⁼⁺₊₌−"
BEFORE = st.text(
    st.sampled_from(" \t\u00a0\u3000\ufeff\u200b\u200e\u202e\u2060\u3164\x00\x1b\x1c\n\r\u2028"), max_size=4
)


@given(BEFORE, st.sampled_from(SIGNS), st.text("ab019é山( ", min_size=1).filter(str.strip))
def test_no_sign_gets_in_or_out_whatever_stands_before_it(before: str, sign: str, rest: str) -> None:
    assert formula_problem(before + sign + rest)
    assert safe_cell(before + sign + rest).startswith("'")


@given(st.text())
def test_what_goes_out_begins_with_no_sign(text: str) -> None:
    shown = safe_cell(text)
    assert shown.replace("'", "") == text.replace("'", "")
    begins = unicodedata.normalize("NFKC", shown.lstrip()[:1])[:1]
    assert begins not in {"=", "+", "@"}
    assert begins != "-" or not runs(shown)
    assert not runs(shown)


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "\n1", "  =1", "=cmd|' /C calc'!A0", "＝1", "\ufeff=1"]
)
def test_what_could_begin_a_formula_is_text(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize(
    "text", ["", "QA-1042", "1 + 1", "acknowledged", "-", "–", "a - b", "Jones, Ade", "O’Neill", "a=b"]
)
def test_other_cells_stay_as_they_are(text: str) -> None:
    assert safe_cell(text) == text


@pytest.mark.parametrize("text", ["x;=1+1", 'x,"=1+1', "x\t@SUM(1)", "x\n＝1", "x; -1"])
def test_no_formula_begins_where_another_program_parts_cells(text: str) -> None:
    for delimiter in ",;\t":
        out = io.StringIO()
        csv.writer(out).writerow(["before", safe_cell(text), "after"])
        for row in csv.reader(io.StringIO(out.getvalue()), delimiter=delimiter):
            assert not [cell for cell in row if runs(cell.strip('"'))], row


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("=1", "begins with '=', which a spreadsheet runs as a formula: take it out"),
        ("＝1", "begins with '＝', which a spreadsheet runs as a formula: take it out"),
        (
            "+44 20 7946 0000",
            "begins with '+', which a spreadsheet runs as a formula: write a telephone number with 0 or 00 in front",
        ),
        ("-", "holds only '-': leave the cell empty where there is nothing"),
        ("0044 20", ""),
        ("Smith-Jones", ""),
    ],
)
def test_the_message_says_what_is_refused_and_what_to_do(text: str, what: str) -> None:
    assert formula_problem(text) == what


def refused(path: Path, content: str) -> list[str]:
    path.write_text(content, encoding="utf-8")
    rows = read_people(path)
    return [f"{each.line} {each.where}: {each.what}" for each in rows.problems]


def test_a_file_with_a_hidden_formula_is_refused_at_its_cell(tmp_path: Path) -> None:
    content = "name,email\n\ufeff=1,a@c.example\nBea,b@c.example\n\u200b＠x,c@c.example\n"
    assert [each[:22] for each in refused(tmp_path / "p.csv", content)] == [
        "2 name: begins with '=",
        "4 name: begins with '＠",
    ]


def test_a_name_of_nothing_that_can_be_seen_is_refused(tmp_path: Path) -> None:
    content = "name,email\n\u200b\u2060\u3164,a@c.example\n"
    assert refused(tmp_path / "p.csv", content) == ["2 name: this cell is empty: expected a value in every row"]


def test_what_cannot_be_seen_does_not_come_in(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text(
        '\ufeff\ufeffname,email\n"Ade\u202e \x1b[1mBello\u2028x",\u200bade@c.example\u200e\n'
        '"Bea\r\nCole",bea@c.example\n\ufeff\n',
        "utf-8",
    )
    rows = read_people(path)
    assert rows.problems == ()
    assert [(row.name, row.email) for row in rows.rows] == [
        ("Ade [1mBello x", "ade@c.example"),
        ("Bea Cole", "bea@c.example"),
    ]


def test_headings_and_references_are_read_as_they_are_seen(tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_text("refe\u200brence,team\n10\u200e42,One\n", "utf-8")
    assert [row.reference for row in read_cases(path).rows] == ["1042"]
    path.write_text("refe\u202eecner,team\n1042,One\n", "utf-8")
    with pytest.raises(BadFile) as caught:
        read_cases(path)
    assert "\u202e" not in str(caught.value)
