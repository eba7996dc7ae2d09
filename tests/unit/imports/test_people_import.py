"""The people file: what it changes, and each thing that can be wrong with it, with its place."""

from datetime import date, time, timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, col, select

from qabot.errors import BadFile
from qabot.framework import Framework
from qabot.imports import Changes, apply_people, plan_people, read_people
from qabot.models import Absence, Person, RoleHolding, Service, Team
from tests.support.invented import newham_council

from .conftest import NOW, Write, problems

HEADER = "name,email,team,service,roles,line_manager,work_days,hours,deputy,away_from,away_to,away_deputy,administrator"
ANA = "Ana Costa,ana@council.example,North,Assessment,practice-lead,bo@council.example,123,,,,,,"
BO = "Bo Lim,bo@council.example,,Assessment,service-manager;slt,,,10:00-15:00,,,,,yes"


def run(session: Session, framework: Framework, path: Path, days: int = 0) -> Changes:
    changes = plan_people(session, read_people(path), framework, NOW + timedelta(days=days))
    apply_people(session, changes)
    return changes


def found(session: Session, framework: Framework, path: Path) -> list[tuple[int, int, str, str]]:
    return problems(lambda: plan_people(session, read_people(path), framework, NOW))


def rows(session: Session) -> int:
    return sum(len(session.exec(select(model)).all()) for model in (Service, Team, Person, RoleHolding, Absence))


def test_people_come_with_team_service_roles_and_manager(session: Session, newham: Framework, write: Write) -> None:
    changes = run(session, newham, write(f"{HEADER}\n{ANA}\n{BO}\n"))
    assert changes.lines()[:7] == [
        "add service Assessment",
        "add team North",
        "add person Ana Costa (ana@council.example)",
        "add person Bo Lim (bo@council.example)",
        "add role practice-lead of Ana Costa for North",
        "add role service-manager of Bo Lim for Assessment",
        "add role slt of Bo Lim",
    ]
    ana, bo = session.exec(select(Person).order_by(Person.email)).all()
    assert (ana.line_manager_id, ana.work_days, ana.hours_from) == (bo.id, "123", time(9, 0))
    assert (bo.hours_from, bo.hours_to, bo.administrator, bo.team_id) == (time(10, 0), time(15, 0), True, None)
    held = {(role.person_id, role.role, role.team_id, role.service_id) for role in session.exec(select(RoleHolding))}
    assert held == {(ana.id, "practice-lead", 1, None), (bo.id, "service-manager", None, 1), (bo.id, "slt", None, None)}


def test_the_invented_council_imports_with_every_role_held(session: Session, newham: Framework, tmp_path: Path) -> None:
    people, _ = newham_council().as_files(tmp_path)
    changes = run(session, newham, people)
    assert changes.warnings == ()
    assert len(changes.of("person", new=True)) == 60
    assert len(session.exec(select(Absence)).all()) == 1


def test_a_second_time_nothing_changes(session: Session, newham: Framework, tmp_path: Path) -> None:
    people, _ = newham_council(90).as_files(tmp_path)
    run(session, newham, people)
    before = rows(session)
    again = run(session, newham, people)
    assert (again.changes, again.unchanged, again.missing) == ((), 90, ())
    assert rows(session) == before


def test_planning_writes_nothing(session: Session, newham: Framework, write: Write) -> None:
    changes = plan_people(session, read_people(write(f"{HEADER}\n{ANA}\n{BO}\n")), newham, NOW)
    assert len(changes.changes) == 7
    assert rows(session) == 0


def test_one_wrong_row_keeps_every_row_out(session: Session, newham: Framework, write: Write) -> None:
    with pytest.raises(BadFile):
        run(session, newham, write(f"{HEADER}\n{BO}\n{ANA.replace('123', '999')}\n"))
    assert rows(session) == 0


def test_a_change_says_what_was_and_what_will_be(session: Session, newham: Framework, write: Write) -> None:
    run(session, newham, write(f"{HEADER}\n{ANA}\n{BO}\n"))
    path = write(f"{HEADER}\n{ANA.replace('123', '1245').replace('North', 'South')}\n{BO}\n")
    changes = run(session, newham, path)
    assert changes.lines()[:5] == [
        "add team South",
        "change person Ana Costa (ana@council.example): team North -> South, work_days 123 -> 1245",
        "add role practice-lead of Ana Costa for South",
        "change role practice-lead of Ana Costa for North: to_on nothing -> 22 November 2026",
        "added: 2, changed: 2, unchanged: 1",
    ]


def test_people_not_in_the_file_are_kept_and_listed(session: Session, newham: Framework, write: Write) -> None:
    run(session, newham, write(f"{HEADER}\n{ANA}\n{BO}\n"))
    changes = run(session, newham, write(f"{HEADER}\n{BO}\n"))
    assert changes.missing == ("Ana Costa (ana@council.example)",)
    assert "not in the file: 1 (kept: Ana Costa (ana@council.example))" in changes.lines()
    assert changes.changes == ()
    assert len(session.exec(select(RoleHolding).where(RoleHolding.to_on == None)).all()) == 3  # noqa: E711


def test_a_column_that_is_not_there_leaves_its_values(session: Session, newham: Framework, write: Write) -> None:
    run(session, newham, write(f"{HEADER}\n{ANA}\n{BO}\n"))
    changes = run(session, newham, write("name,email\nAna Costa-Reyes,ANA@council.example\n"))
    assert [str(change) for change in changes.changes] == [
        "change person Ana Costa-Reyes (ana@council.example): name Ana Costa -> Ana Costa-Reyes"
    ]


def test_a_role_that_comes_back_is_the_same_row(session: Session, newham: Framework, write: Write) -> None:
    with_role, without = f"{HEADER}\n{ANA}\n{BO}\n", f"{HEADER}\n{ANA}\n{BO.replace(';slt', '')}\n"
    run(session, newham, write(with_role))
    run(session, newham, write(without), days=1)
    assert run(session, newham, write(without), days=2).changes == ()
    run(session, newham, write(with_role), days=3)
    (slt,) = session.exec(select(RoleHolding).where(RoleHolding.role == "slt")).all()
    assert slt.to_on is None


def test_an_absence_can_be_corrected_and_one_made_elsewhere_stays(
    session: Session, newham: Framework, write: Write
) -> None:
    away = ANA.replace("123,,,,,,", "123,,,2026-12-01,11/12/2026,bo@council.example,")
    run(session, newham, write(f"{HEADER}\n{away}\n{BO}\n"))
    changes = run(session, newham, write(f"{HEADER}\n{away.replace('12-01', '12-03')}\n{BO}\n"))
    assert [str(change) for change in changes.changes] == [
        "change absence of Ana Costa from 3 December 2026 to 11 December 2026: "
        "from_on 1 December 2026 -> 3 December 2026"
    ]
    assert run(session, newham, write(f"{HEADER}\n{ANA}\n{BO}\n")).changes == ()
    (kept,) = session.exec(select(Absence)).all()
    assert (kept.from_on, kept.to_on, kept.deputy_id) == (date(2026, 12, 3), date(2026, 12, 11), 2)


def test_nobody_is_away_twice_on_one_day(session: Session, newham: Framework, write: Write) -> None:
    run(session, newham, write(f"{HEADER}\n{ANA}\n{BO}\n"))
    ana, bo = (session.exec(select(Person.id).where(Person.name == name)).one() for name in ("Ana Costa", "Bo Lim"))
    for first, last in ((1, 5), (8, 12), (14, 14), (15, 20), (28, 30)):
        known = Absence(person_id=ana, deputy_id=bo, from_on=date(2026, 12, first), to_on=date(2026, 12, last))
        session.add(known)
    session.flush()
    away = ANA.replace("123,,,,,,", "123,,,2026-12-10,2026-12-16,bo@council.example,")
    changes = run(session, newham, write(f"{HEADER}\n{away}\n{BO}\n"))
    assert [str(each).removeprefix("change absence of Ana Costa from ") for each in changes.changes] == [
        "10 December 2026 to 16 December 2026: from_on 8 December 2026 -> 10 December 2026, "
        "to_on 12 December 2026 -> 16 December 2026",
        "14 December 2026 to 14 December 2026: to_on 14 December 2026 -> nothing",
        "15 December 2026 to 20 December 2026: from_on 15 December 2026 -> 17 December 2026",
    ]
    rows = session.exec(select(Absence).order_by(col(Absence.from_on))).all()
    assert [(each.from_on.day, each.to_on.day) for each in rows] == [(1, 5), (10, 16), (17, 20), (28, 30)]
    assert run(session, newham, write(f"{HEADER}\n{away}\n{BO}\n")).changes == ()


def test_somebody_who_left_stays_so_until_the_file_says_otherwise(
    session: Session, newham: Framework, write: Write
) -> None:
    run(session, newham, write(f"{HEADER}\n{ANA}\n{BO}\n"))
    changes = run(session, newham, write(f"{HEADER},active\n{ANA},no\n{BO},\n"))
    assert [str(change) for change in changes.changes] == [
        "change person Ana Costa (ana@council.example): active yes -> no"
    ]
    assert any("holds the role practice-lead" in warning.what for warning in changes.vacant)
    assert run(session, newham, write(f"{HEADER}\n{ANA}\n{BO}\n")).changes == ()
    changes = run(session, newham, write(f"{HEADER},active\n{ANA},yes\n{BO},yes\n"))
    assert [str(change) for change in changes.changes] == [
        "change person Ana Costa (ana@council.example): active no -> yes"
    ]


def test_a_role_that_nobody_holds_is_a_warning(session: Session, newham: Framework, write: Write) -> None:
    more = "Cem Kaya,cem@council.example,South,Assessment,,,,,,,,,"
    changes = plan_people(session, read_people(write(f"{HEADER}\n{ANA}\n{BO}\n{more}\n")), newham, NOW)
    told = [warning.what for warning in changes.warnings]
    of_a_place = "nobody holds the role practice-lead for South"
    assert of_a_place in told
    assert "nobody in the whole council holds the role data-and-impact (Data and Impact Team)" in told
    assert [warning.what for warning in changes.vacant] == [each for each in told if each != of_a_place]
    assert not any("slt" in each for each in told)


COLUMN = {name: number for number, name in enumerate(HEADER.split(","), 1)}
WRONG = [
    ({"name": ""}, "name", "this cell is empty: expected a value in every row"),
    ({"name": "=1+1"}, "name", "begins with '=', which a spreadsheet runs as a formula: take it out"),
    ({"email": "ana"}, "email", "'ana' is not an e-mail address: expected one such as name@council.example"),
    ({"team": "north", "roles": ""}, "team", "is written 'North' elsewhere: write it the same"),
    ({"team": "Nort", "service": ""}, "team", "no row says which service 'Nort' is in: did you mean 'North'?"),
    (
        {"service": "Other", "roles": ""},
        "service",
        "North is in Assessment by an earlier row: a team is in one service",
    ),
    ({"roles": "practice-leader"}, "roles", "no role 'practice-leader' in newham: did you mean 'practice-lead'?"),
    ({"roles": "practice-lead@Noth"}, "roles", "no team 'Noth' is in the file or known: did you mean 'North'?"),
    (
        {"roles": "head-of-service@Asessment"},
        "roles",
        "no service 'Asessment' is in the file or known: did you mean 'Assessment'?",
    ),
    ({"roles": "slt@North"}, "roles", "slt is held for the whole council: expected it without '@North'"),
    (
        {"roles": "practice-lead", "team": ""},
        "roles",
        "practice-lead is held for a team: expected practice-lead@ and the team's name, or a team in this row",
    ),
    (
        {"line_manager": "bob@council.example"},
        "line_manager",
        "nobody with the e-mail bob@council.example is in the file or known: did you mean 'bo@council.example'?",
    ),
    (
        {"line_manager": "DAN@council.example"},
        "line_manager",
        "nobody is their own line manager: expected the e-mail of a colleague, or nothing",
    ),
    (
        {"work_days": "0812"},
        "work_days",
        "'0812' is not a list of days: expected digits, 1 for Monday to 7 for Sunday, as 123",
    ),
    (
        {"work_days": "11"},
        "work_days",
        "'11' is not a list of days: expected digits, 1 for Monday to 7 for Sunday, as 123",
    ),
    ({"hours": "9-5"}, "hours", "'9-5' are not hours of a day: expected from and to, such as 09:00-16:30"),
    (
        {"hours": "17:00-09:00"},
        "hours",
        "'17:00-09:00' are not hours of a day: expected from and to, such as 09:00-16:30",
    ),
    (
        {"hours": "09:00-25:00"},
        "hours",
        "'09:00-25:00' are not hours of a day: expected from and to, such as 09:00-16:30",
    ),
    (
        {"deputy": "dan@council.example"},
        "deputy",
        "nobody is their own deputy: expected the e-mail of a colleague, or nothing",
    ),
    (
        {"away_from": "21.13.2026", "away_to": "2026-12-01"},
        "away_from",
        "'21.13.2026' is not a date: write 2026-11-21 or 21/11/2026",
    ),
    (
        {"away_from": "2026-11-01", "away_to": "31/12/9999"},
        "away_to",
        "'31/12/9999' is no day that qabot can plan with: expected one from 2000-01-01 to 2099-12-31",
    ),
    (
        {"away_from": "0001-01-01", "away_to": "2026-11-30"},
        "away_from",
        "'0001-01-01' is no day that qabot can plan with: expected one from 2000-01-01 to 2099-12-31",
    ),
    (
        {"away_from": "2026-11-01", "away_to": "31/11/2026"},
        "away_to",
        "'31/11/2026' is not a date: write 2026-11-21 or 21/11/2026",
    ),
    (
        {"away_from": "2026-12-02", "away_to": "2026-12-01"},
        "away_to",
        "is before away_from: expected 2026-12-02 or later",
    ),
    ({"away_from": "2026-12-02"}, "away_to", "away_from is given: expected the last day away as well"),
    ({"away_to": "2026-12-02"}, "away_from", "away_to is given: expected the first day away as well"),
    (
        {"away_deputy": "bo@council.example"},
        "away_deputy",
        "there is no absence in this row: expected away_from and away_to as well",
    ),
    ({"administrator": "perhaps"}, "administrator", "'perhaps' is neither yes nor no"),
]


@pytest.mark.parametrize(("cells", "heading", "what"), WRONG)
def test_a_wrong_cell_is_told_with_line_column_and_heading(
    session: Session, newham: Framework, write: Write, cells: dict[str, str], heading: str, what: str
) -> None:
    dan = {"name": "Dan Reid", "email": "dan@council.example", "team": "North", "service": "Assessment"} | cells
    row = ",".join(dan.get(name, "") for name in COLUMN)
    path = write(f"{HEADER}\n{ANA}\n{BO}\n{row}\n")
    assert found(session, newham, path) == [(4, COLUMN[heading], heading, what)]


def test_every_problem_is_told_at_once_in_the_files_order(session: Session, newham: Framework, write: Write) -> None:
    path = write(
        f"{HEADER}\n"
        "Ana Costa,ana@council.example,North,Assessment,nobody,,12x,,,,,,\n"
        "Bo Lim,bo@council.example,,,,cy@elsewhere.example,,,,soon,,,\n"
    )
    assert [each[:3] for each in found(session, newham, path)] == [
        (2, 5, "roles"),
        (2, 7, "work_days"),
        (3, 6, "line_manager"),
        (3, 10, "away_from"),
        (3, 11, "away_to"),
    ]


def test_the_same_person_twice_is_told(session: Session, newham: Framework, write: Write) -> None:
    path = write(
        "name,email\nAna Costa,ana@council.example\nAna Reyes,Ana@Council.example\nAna Costa,ana@council.example\n"
    )
    assert found(session, newham, path) == [
        (3, 2, "email", "the same person (e-mail) as in line 2: take one out"),
        (4, 2, "email", "the same row as in line 2: take one out"),
    ]


def test_a_cycle_in_the_reporting_line_is_told_once(session: Session, newham: Framework, write: Write) -> None:
    run(
        session,
        newham,
        write(
            "name,email,line_manager\nAna Costa,ana@council.example,bo@council.example\nBo Lim,bo@council.example,\n"
        ),
    )
    path = write(
        "name,email,line_manager\nBo Lim,bo@council.example,cy@council.example\n"
        "Cy Gill,cy@council.example,ana@council.example\n"
    )
    line = "bo@council.example -> cy@council.example -> ana@council.example -> bo@council.example"
    assert found(session, newham, path) == [(2, 3, "line_manager", f"a cycle in the reporting line: {line}")]


def test_something_that_identifies_is_refused_and_not_repeated(
    session: Session, newham: Framework, write: Write
) -> None:
    (problem,) = found(session, newham, write("name,email\nAna 943 476 5919,ana@council.example\n"))
    assert problem[:3] == (2, 1, "name")
    assert "NHS number" in problem[3]
    assert "943" not in problem[3]


def test_headings_without_people_are_refused(session: Session, newham: Framework, write: Write) -> None:
    assert found(session, newham, write(HEADER)) == [
        (0, 0, "", "there are headings but no people: expected a row for each person")
    ]
