"""The audits file: only read and checked; a workflow does what the plan says."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlmodel import Session, select

from qabot.framework import Framework
from qabot.imports import (
    AuditPlan,
    apply_cases,
    apply_people,
    plan_audits,
    plan_cases,
    plan_people,
    read_audits,
    read_cases,
    read_people,
)
from qabot.models import Answer, Audit, Cycle, Person

from .conftest import NOW, Write, problems

HEADER = "case_reference,activity,cycle,auditor,practitioner,team,due,submitted_on,manager-overall,practitioner-overall"
PLR = "practice-learning-review"
PEOPLE = """name,email,team,service
Ana Costa,ana@council.example,North,Assessment
Bo Lim,bo@council.example,South,Assessment
Cem Kaya,cem@council.example,South,Assessment
"""
CASES = "reference,team,practitioner,involved\n1234567,North,ana@council.example,cem@council.example\n"

Plan = Callable[..., AuditPlan]


@pytest.fixture
def plan(session: Session, newham: Framework, write: Write) -> Plan:
    apply_people(session, plan_people(session, read_people(write(PEOPLE)), newham, NOW))
    apply_cases(session, plan_cases(session, read_cases(write(CASES)), newham))

    def planned(*rows: str) -> AuditPlan:
        text = "\n".join([HEADER, *rows]) + "\n"
        return plan_audits(session, read_audits(write(text), newham), newham)

    return planned


def make(session: Session, **fields: Any) -> None:
    session.add(
        Cycle(id=1, activity=PLR, name="Q3", starts_on=date(2026, 10, 1), due_on=date(2026, 12, 31), created_at=NOW)
    )
    session.flush()
    usual = {"reference": "QA-0001", "activity": PLR, "cycle_id": 1, "case_reference": "1234567", "auditor_id": 2}
    values: dict[str, Any] = {
        **usual,
        "team_id": 1,
        "practitioner_id": 1,
        "due_on": date(2026, 12, 31),
        "allocated_at": NOW,
        **fields,
    }
    session.add(Audit(**values))
    session.flush()


def test_a_new_audit_takes_practitioner_and_team_from_its_case(plan: Plan) -> None:
    found = plan(f"1234567,{PLR},01/10/2026,bo@council.example,,,,,,")
    (row,) = found.rows
    assert (row.audit_id, row.auditor_id, row.practitioner_id, row.team_id) == (None, 2, 1, 1)
    assert (row.cycle, row.due, row.submits, row.line) == (date(2026, 10, 1), None, False, 2)
    assert found.changes.lines()[0] == f"add audit {PLR} of case 1234567 (cycle 01/10/2026)"


@pytest.mark.parametrize("written", ["red", "RED", "Inadequate", "RED (Inadequate)"])
def test_grades_may_be_written_by_key_or_label(plan: Plan, written: str) -> None:
    (row,) = plan(f"1234567,{PLR},2026-10-01,bo@council.example,,,,2026-11-20,{written},green").rows
    assert row.answers == {"manager-overall": "red", "practitioner-overall": "green"}
    assert (row.submits, row.submitted_on) == (True, date(2026, 11, 20))


def test_planning_writes_nothing(session: Session, plan: Plan) -> None:
    plan(f"1234567,{PLR},2026-10-01,bo@council.example,,,,2026-11-20,green,")
    assert not session.exec(select(Audit)).all()
    assert not session.exec(select(Cycle)).all()


def test_an_allocated_audit_is_changed_or_submitted(session: Session, plan: Plan) -> None:
    make(session)
    assert plan(f"1234567,{PLR},2026-10-01,bo@council.example,,,,,,").rows == ()
    found = plan(f"1234567,{PLR},2026-10-01,cem@council.example,,,2026-12-24,2026-11-20,green,")
    (row,) = found.rows
    assert (row.audit_id, row.auditor_id, row.practitioner_id, row.team_id, row.submits) == (1, 3, 1, 1, True)
    assert row.due == date(2026, 12, 24)
    assert found.changes.lines()[0] == (
        "change audit QA-0001 of case 1234567 (cycle 2026-10-01): auditor bo@council.example -> cem@council.example, "
        "due 31 December 2026 -> 24 December 2026, submitted_on nothing -> 20 November 2026, "
        "answers nothing -> manager-overall green"
    )


def test_a_submitted_audit_again_is_no_change_and_other_grades_are_a_problem(session: Session, plan: Plan) -> None:
    submitted = datetime(2026, 11, 20, 10, tzinfo=UTC)
    make(session, state="submitted", submitted_at=submitted)
    (audit,) = session.exec(select(Audit))
    given = {"value": "red", "version": "newham-brag-1"}
    session.add(
        Answer(
            subject_type="audit",
            subject_id=audit.id,
            question="manager-overall",
            kind="scale",
            label="Overall",
            given=given,
            at=submitted,
        )
    )
    again = plan(f"1234567,{PLR},2026-10-01,bo@council.example,,,,2026-11-20,red,")
    assert (again.rows, again.changes.unchanged) == ((), 1)
    wrong = f"1234567,{PLR},2026-10-01,bo@council.example,,,,2026-11-20,green,"
    what = "QA-0001 is submitted with another value: an import does not change it"
    assert problems(lambda: plan(wrong)) == [(2, 9, "manager-overall", what)]


def test_a_withdrawn_audit_stays_as_it_is_with_a_warning(session: Session, plan: Plan) -> None:
    make(session, state="withdrawn")
    found = plan(f"1234567,{PLR},2026-10-01,bo@council.example,,,,2026-11-20,red,")
    assert found.rows == ()
    assert [warning.what for warning in found.changes.warnings] == ["QA-0001 was withdrawn: left as it is"]


def test_an_auditor_who_was_involved_and_an_unknown_case_are_warnings(plan: Plan) -> None:
    found = plan(
        f"1234567,{PLR},2026-10-01,cem@council.example,,,,,,",
        f"7654321,{PLR},2026-10-01,bo@council.example,ana@council.example,,,,,",
    )
    assert [(each.line, each.where, each.what) for each in found.changes.warnings] == [
        (2, "auditor", "has been involved in this case"),
        (3, "case_reference", "is not among the cases: who was involved in it is not known"),
    ]
    assert found.rows[1].team_id == 1


WRONG = [
    (f"9434765919,{PLR},2026-10-01,bo@council.example,,,,,,", 1, "case_reference", "looks like an NHS number"),
    (f"12,{PLR},2026-10-01,bo@council.example,,,,,,", 1, "case_reference", "is not a case reference of this council"),
    (
        f"7654321,{PLR},2026-10-01,ana@council.example,,,,,,",
        1,
        "case_reference",
        "the same case, activity and cycle as in line 2: take one out",
    ),
    (
        "1234567,practice-learning-revue,2026-10-01,bo@council.example,,,,,,",
        2,
        "activity",
        f"no activity 'practice-learning-revue' in newham: did you mean '{PLR}'?",
    ),
    (
        f"1234567,{PLR},2026-11-01,bo@council.example,,,,,,",
        3,
        "cycle",
        "is not the first day of a cycle of Practice Learning Review (every: quarter): expected 2026-10-01",
    ),
    (
        f"1234567,{PLR},2027-03-31,bo@council.example,,,,,,",
        3,
        "cycle",
        "is not the first day of a cycle of Practice Learning Review (every: quarter): expected 2027-01-01",
    ),
    (f"1234567,{PLR},,bo@council.example,,,,,,", 3, "cycle", "this cell is empty: expected a date"),
    (f"1234567,{PLR},2026-10-01,,,,,,,", 4, "auditor", "this cell is empty: expected an e-mail address"),
    (f"1234567,{PLR},2026-10-01,x@y.example,,,,,,", 4, "auditor", "nobody with the e-mail x@y.example is known"),
    (
        f"1234567,{PLR},2026-10-01,bo@council.example,bo@council.example,,,,,",
        5,
        "practitioner",
        "nobody audits their own work",
    ),
    (
        f"1234567,{PLR},2026-10-01,bo@council.example,,Soth,,,,",
        6,
        "team",
        "no team 'Soth' is known: did you mean 'South'?",
    ),
    (f"1234567,{PLR},2026-10-01,bo@council.example,,,2026-09-30,,,", 7, "due", "is before the cycle begins"),
    (f"1234567,{PLR},2026-10-01,bo@council.example,,,,20/13/26,green,", 8, "submitted_on", "'20/13/26' is not a date"),
    (
        f"1234567,{PLR},2026-10-01,bo@council.example,,,,,green,",
        9,
        "manager-overall",
        "a grade needs the day on which it was submitted",
    ),
    (
        f"1234567,{PLR},2026-10-01,bo@council.example,,,,2026-11-20,,green",
        9,
        "manager-overall",
        "is missing: expected a grade, because the audit is submitted",
    ),
    (
        f"1234567,{PLR},2026-10-01,bo@council.example,,,,2026-11-20,good,pink",
        10,
        "practitioner-overall",
        "'pink' is not a grade: expected blue or Outstanding, green or Good, amber or Requires improvement",
    ),
]


@pytest.mark.parametrize(("row", "column", "heading", "what"), WRONG)
def test_a_wrong_cell_is_told_with_line_column_and_heading(
    plan: Plan, row: str, column: int, heading: str, what: str
) -> None:
    right = f"7654321,{PLR},2026-10-01,bo@council.example,,,,,,"
    ((line, *place, told),) = problems(lambda: plan(right, row))
    assert (line, *place) == (3, column, heading)
    assert told.startswith(what)


def test_a_heading_that_is_no_part_of_the_framework_is_told(newham: Framework, write: Write) -> None:
    path = write("case_reference,activity,cycle,auditor,managers overall\n")
    what = "not known here: did you mean 'manager-overall'?"
    assert problems(lambda: read_audits(path, newham)) == [(1, 5, "managers overall", what)]


def test_people_are_found_whatever_the_capitals_of_their_e_mail(session: Session, plan: Plan) -> None:
    (row,) = plan(f"1234567,{PLR},2026-10-01,BO@Council.example,,,,,,").rows
    assert session.get_one(Person, row.auditor_id).name == "Bo Lim"
