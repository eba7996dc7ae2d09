"""The cases file: what it changes, and each thing that can be wrong with it, with its place."""

from pathlib import Path

import pytest
from sqlmodel import Session, select

from qabot.errors import BadFile
from qabot.framework import Framework
from qabot.imports import Changes, apply_cases, apply_people, plan_cases, plan_people, read_cases, read_people
from qabot.models import Case, CaseInvolvement, Person
from tests.support.invented import newham_council

from .conftest import NOW, Write, problems

HEADER = "reference,team,practitioner,involved"
PEOPLE = """name,email,team,service
Ana Costa,ana@council.example,North,Assessment
Bo Lim,bo@council.example,South,Assessment
Cem Kaya,cem@council.example,South,Assessment
"""


@pytest.fixture(autouse=True)
def people(session: Session, newham: Framework, write: Write) -> None:
    apply_people(session, plan_people(session, read_people(write(PEOPLE)), newham, NOW))


def run(session: Session, framework: Framework, path: Path) -> Changes:
    changes = plan_cases(session, read_cases(path), framework)
    apply_cases(session, changes)
    return changes


def involved(session: Session) -> set[str]:
    query = select(Person.email).join(CaseInvolvement)
    return set(session.exec(query))


def test_a_case_comes_with_team_practitioner_and_those_involved(
    session: Session, newham: Framework, write: Write
) -> None:
    run(
        session, newham, write(f"{HEADER}\n1234567,North,Ana@council.example,bo@council.example; cem@council.example\n")
    )
    case = session.exec(select(Case)).one()
    assert (case.reference, case.team_id, case.practitioner_id, case.open) == ("1234567", 1, 1, True)
    assert involved(session) == {"bo@council.example", "cem@council.example"}


def test_a_closed_case_is_drawn_no_more_until_it_opens_again(session: Session, newham: Framework, write: Write) -> None:
    run(session, newham, write(f"{HEADER}\n1234567,North,ana@council.example,\n"))
    changes = run(session, newham, write("reference,team,open\n1234567,North,no\n"))
    assert [str(change) for change in changes.changes] == ["change case 1234567: open yes -> no"]
    assert session.exec(select(Case.open)).one() is False
    assert run(session, newham, write(f"{HEADER}\n1234567,North,ana@council.example,\n")).changes == ()
    run(session, newham, write("reference,team,open\n1234567,North,\n"))
    assert session.exec(select(Case.open)).one() is True


def test_a_second_time_nothing_changes(session: Session, newham: Framework, tmp_path: Path) -> None:
    people, cases = newham_council().as_files(tmp_path)
    apply_people(session, plan_people(session, read_people(people), newham, NOW))
    assert len(run(session, newham, cases).of("case", new=True)) == 120
    count = len(session.exec(select(CaseInvolvement)).all())
    again = run(session, newham, cases)
    assert (again.changes, again.unchanged) == ((), 120)
    assert len(session.exec(select(CaseInvolvement)).all()) == count > 0


def test_planning_writes_nothing_and_one_wrong_row_keeps_all_out(
    session: Session, newham: Framework, write: Write
) -> None:
    plan_cases(session, read_cases(write(f"{HEADER}\n1234567,North,,\n")), newham)
    with pytest.raises(BadFile):
        run(session, newham, write(f"{HEADER}\n1234567,North,,\nnone,North,,\n"))
    assert session.exec(select(Case)).all() == []


def test_the_former_practitioner_and_whoever_was_involved_stay_barred(
    session: Session, newham: Framework, write: Write
) -> None:
    run(session, newham, write(f"{HEADER}\n1234567,North,ana@council.example,bo@council.example\n"))
    path = write(f"{HEADER}\n1234567,South,cem@council.example,\n")
    changes = run(session, newham, path)
    assert [str(change) for change in changes.changes] == [
        "change case 1234567: team North -> South, practitioner ana@council.example -> cem@council.example, "
        "involved bo@council.example -> ana@council.example; bo@council.example"
    ]
    assert involved(session) == {"ana@council.example", "bo@council.example"}
    assert run(session, newham, path).changes == ()


def test_cases_not_in_the_file_are_kept_and_counted(session: Session, newham: Framework, write: Write) -> None:
    every = "".join(f"{1_000_000 + number},North,,\n" for number in range(14))
    run(session, newham, write(f"{HEADER}\n{every}"))
    changes = run(session, newham, write(f"{HEADER}\n1000000,North,,\n"))
    (line,) = [line for line in changes.lines() if line.startswith("not in the file")]
    assert line.startswith("not in the file: 13 (kept: 1000001, 1000002")
    assert line.endswith("and 3 more)")


@pytest.mark.parametrize(
    ("row", "column", "heading", "what"),
    [
        (
            "943 476 5919,North,,",
            1,
            "reference",
            "looks like an NHS number: expected the council's own case reference, which is no number of the child's",
        ),
        ("12,North,,", 1, "reference", "is not a case reference of this council: expected one that matches [0-9]{6,8}"),
        (",North,,", 1, "reference", "is not a case reference of this council: expected one that matches [0-9]{6,8}"),
        ("7654321,North,,", 1, "reference", "the same case as in line 2: take one out"),
        ("1234567,Nroth,,", 2, "team", "no team 'Nroth' is known: did you mean 'North'?"),
        ("1234567,Zzz,,", 2, "team", "no team 'Zzz' is known: import the people first"),
        ("1234567,,,", 2, "team", "this cell is empty: expected a value in every row"),
        (
            "1234567,North,anna@council.example,",
            3,
            "practitioner",
            "nobody with the e-mail anna@council.example is known: did you mean 'ana@council.example'?",
        ),
        (
            "1234567,North,,ana@council.example;Bo",
            4,
            "involved",
            "nobody called 'Bo' is known: expected an e-mail, a number or a whole name",
        ),
        ("1234567,North,,x@y.example", 4, "involved", "nobody with the e-mail x@y.example is known"),
    ],
)
def test_a_wrong_cell_is_told_with_line_column_and_heading(
    session: Session, newham: Framework, write: Write, row: str, column: int, heading: str, what: str
) -> None:
    rows = read_cases(write(f"{HEADER}\n7654321,North,,\n{row}\n"))
    assert problems(lambda: plan_cases(session, rows, newham)) == [(3, column, heading, what)]
