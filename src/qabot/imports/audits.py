"""Reading audits that were made elsewhere (docs/imports.md). Reading and checking only: submitting one may raise an
alert, so a workflow does what the plan says.

    rows = read_audits(path, framework)
    plan = plan_audits(session, rows, framework)        # raises BadFile with every problem; writes nothing
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlmodel import Session, select

from qabot.errors import Problem
from qabot.framework import Framework
from qabot.framework.calendar import local_day
from qabot.imports.audit_answers import emails, with_people
from qabot.imports.audit_rows import AuditKey, AuditLine
from qabot.imports.cases import LOST_ZEROS, lost_zeros
from qabot.imports.cells import Guesses, reference_problem
from qabot.imports.changes import Change, Changes, Rows, Value, compare, refuse
from qabot.imports.colleagues import Colleagues
from qabot.imports.known import Known, ids_of_people, ids_of_teams
from qabot.imports.sheet import Record
from qabot.models import Audit, AuditState, Case, CaseInvolvement, Cycle
from qabot.workflows.core import own_form


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One audit to make (`audit_id` is None) or to change.

    `about` is a case (`case_reference`, else ""), a person (`practitioner_id`), a place or theme (`what`), or nothing.
    `cycle` is the first day of its cycle; `due` is None for the cycle's own last day. With `submits` its `answers` (by
    question, people by id) came in on `submitted_on`, a day in England.
    """

    line: int
    audit_id: int | None
    about: str
    what: str
    case_reference: str
    activity: str
    cycle: date
    auditor_id: int
    practitioner_id: int | None
    team_id: int | None
    due: date | None
    submitted_on: date | None
    answers: Mapping[str, Any]
    submits: bool


@dataclass(frozen=True, slots=True)
class AuditPlan:
    """What is to be done, for people and as rows. Audits that stay as they are have no row."""

    changes: Changes
    rows: tuple[AuditRow, ...]


def plan_audits(session: Session, rows: Rows[AuditLine], framework: Framework) -> AuditPlan:
    """What importing these rows would do. Raises `BadFile` with every problem; writes nothing.

    An audit that is submitted here already is never changed: the same again is no change, something else is a problem.
    """
    known, there = Known.load(session), _There.load(session, framework)
    rows, unknown = _with_everybody(rows, Colleagues.of(known), framework)
    problems = [*rows.problems, *unknown, *_problems(rows, known, framework, there.cases)]
    lines: list[tuple[AuditLine, Change]] = []
    warnings: list[Problem] = []
    for line in rows.rows:
        audit = there.audits.get(line.key) if line.key else None
        if audit is not None and audit.state == AuditState.withdrawn:
            warnings.append(line.record.problem(_heading(line), f"{audit.reference} was withdrawn: left as it is"))
            continue
        changes = _compare(line, audit, known, there)
        if audit is not None and audit.state != AuditState.allocated:
            problems += _settled(line, there.answers.get(audit.id, {}), audit, changes)
        lines += [(line, change) for change in changes]
        warnings += _doubts(line, there)
    refuse(problems)
    all_changes = tuple(change for _, change in lines)
    every = Changes(rows.file, all_changes, len(rows.rows) - len(lines), warnings=tuple(warnings), notes=rows.notes)
    people, teams = ids_of_people(session), ids_of_teams(session)
    return AuditPlan(every, tuple(_planned(line, change, there, framework, people, teams) for line, change in lines))


@dataclass(frozen=True, slots=True)
class _There:
    """The audits and cases that are there already."""

    audits: dict[AuditKey, Audit]
    cases: dict[str, Case]
    involved: dict[str, set[str]]
    answers: dict[int, dict[str, Any]]
    """By audit and question, people by e-mail."""

    @classmethod
    def load(cls, session: Session, framework: Framework) -> "_There":
        known = Known.load(session)
        starts = {cycle.id: cycle.starts_on for cycle in session.exec(select(Cycle))}
        cases = {case.id: case for case in session.exec(select(Case))}
        involved: dict[str, set[str]] = {}
        for case in cases.values():
            involved[case.reference] = {known.emails[case.practitioner_id]} - {""}
        for each in session.exec(select(CaseInvolvement)):
            involved[cases[each.case_id].reference].add(known.emails[each.person_id])
        audits = {
            (audit.activity, starts[audit.cycle_id], key): audit
            for audit in session.exec(select(Audit))
            if audit.cycle_id in starts and (key := _key_of(audit, known))
        }
        answers = {
            number: with_people(given, framework, known.emails)
            for number, given in own_form.all_with_work(session).items()
        }
        return cls(audits, {case.reference: case for case in cases.values()}, involved, answers)


def _key_of(audit: Audit, known: Known) -> str:
    """What an audit is about, as `AuditKey` has it; "" while that is not known."""
    of = {
        "case": audit.case_reference or "",
        "person": known.emails[audit.practitioner_id],
        "nothing": known.emails[audit.auditor_id],
    }
    return of.get(audit.about, audit.what.casefold())


def _heading(line: AuditLine) -> str:
    """The column that says what a row is about."""
    return {"case": "case_reference", "nothing": "auditor"}.get(line.kind, "about")


def _named(line: AuditLine, framework: Framework) -> list[tuple[str, str]]:
    """Everybody whom a line names: the heading, and how."""
    whose = "about" if line.kind == "person" else "practitioner"
    return [("auditor", line.auditor), (whose, line.practitioner), *emails(line.answers, framework)]


def _with_everybody(
    rows: Rows[AuditLine], everybody: Colleagues, framework: Framework
) -> tuple[Rows[AuditLine], list[Problem]]:
    """The lines with everybody as an e-mail, however they are named."""
    made, problems = [], []
    for line in rows.rows:
        addresses: dict[str, str] = {"": ""}
        for heading, written in _named(line, framework):
            addresses[written], wrong = everybody.find(written)
            problems += [line.record.problem(heading, wrong)] if wrong else []
        auditor, practitioner = addresses[line.auditor], addresses[line.practitioner]
        if auditor and auditor == practitioner:
            what = "nobody audits their own work: expected somebody other than the auditor"
            problems.append(line.record.problem("about" if line.kind == "person" else "practitioner", what))
        given = with_people(line.answers, framework, addresses)
        made.append(replace(line, auditor=auditor, practitioner=practitioner, answers=given))
    return replace(rows, rows=tuple(made)), problems


def _problems(rows: Rows[AuditLine], known: Known, framework: Framework, cases: Collection[str]) -> list[Problem]:
    problems = []
    first: dict[AuditKey, Record] = {}
    meant, team_meant = Guesses(known.people), Guesses(known.teams)
    for line in rows.rows:
        problem = line.record.problem
        wrong = reference_problem(line.case_reference, framework.council.case_reference) if line.case_reference else ""
        if wrong:
            problems.append(problem("case_reference", wrong))
        elif lost_zeros(line.case_reference, cases):
            problems.append(problem("case_reference", LOST_ZEROS))
        elif line.key and line.about and (other := first.setdefault(line.key, line.record)) is not line.record:
            same = line.kind if line.kind != "nothing" else "auditor"
            what = f"the same {same}, activity and cycle as in line {other.line}: take one out"
            problems.append(problem(_heading(line), what))
        for heading, email in _named(line, framework):
            if email and email not in known.people:
                problems.append(problem(heading, meant.nobody(email)))
        if line.team and line.team not in known.teams:
            problems.append(problem("team", f"no team '{line.team}' is known{team_meant(line.team)}"))
    return problems


def _compare(line: AuditLine, audit: Audit | None, known: Known, there: _There) -> list[Change]:
    """Empty cells leave what is there; of a new audit the case says its practitioner and team."""
    case = there.cases.get(line.case_reference)
    person, place = (case.practitioner_id, case.team_id) if case else (None, None)
    usual: dict[str, Value] = {
        "auditor": "",
        "practitioner": known.emails[person],
        "team": known.team_names[place],
        "due": None,
        "submitted_on": None,
        "answers": (),
    }
    before = _audit(audit, known, there) if audit else None
    given: dict[str, Value] = {
        "auditor": line.auditor,
        "practitioner": line.practitioner,
        "team": line.team
        or ("" if audit or usual["team"] else str(known.people.get(line.practitioner, usual)["team"])),
        "due": line.due,
        "submitted_on": line.submitted_on,
        "answers": _pairs(line.answers),
    }
    after = {name: value or (before or usual)[name] for name, value in given.items()}
    start = line.record.text("cycle")
    name = f"{audit.reference if audit else line.activity}{_of(line)} (cycle {start})"
    return compare("audit", (line.activity, line.cycle, line.about), name, before, after)


def _of(line: AuditLine) -> str:
    """What a row is about, in words that follow its name."""
    if line.kind == "nothing":
        return ""
    return f" of case {line.case_reference}" if line.kind == "case" else f" about {line.what or line.practitioner}"


def _audit(audit: Audit, known: Known, there: _There) -> dict[str, Value]:
    return {
        "auditor": known.emails[audit.auditor_id],
        "practitioner": known.emails[audit.practitioner_id],
        "team": known.team_names[audit.team_id],
        "due": audit.due_on,
        "submitted_on": local_day(audit.submitted_at) if audit.submitted_at else None,
        "answers": _pairs(there.answers.get(audit.id, {})),
    }


def _pairs(answers: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(f"{name} {_said(value)}" for name, value in sorted(answers.items()))


def _said(value: Any) -> str:
    """An answer in words that are the same however it came."""
    if isinstance(value, list):
        return "; ".join(", ".join(map(_said, row.values())) for row in value)
    return str(value)


def _settled(line: AuditLine, there: Mapping[str, Any], audit: Audit, changes: list[Change]) -> list[Problem]:
    """A judgement that is in cannot be replaced from a file."""
    problems = []
    for change in changes:
        for name in change.fields:
            what = f"{audit.reference} is submitted with another value: an import does not change it"
            given = [each for each, value in line.answers.items() if _said(there.get(each)) != _said(value)]
            headings = given if name == "answers" else [name]
            problems += [line.record.problem(heading, what) for heading in headings]
    return problems


def _doubts(line: AuditLine, there: _There) -> list[Problem]:
    if line.kind != "case":
        return []
    if line.case_reference not in there.cases:
        return [line.record.problem("case_reference", "is not among the cases: who was involved in it is not known")]
    if line.auditor in there.involved[line.case_reference]:
        return [line.record.problem("auditor", "has been involved in this case")]
    return []


def _planned(
    line: AuditLine,
    change: Change,
    there: _There,
    framework: Framework,
    people: Mapping[str, int],
    teams: Mapping[str, int],
) -> AuditRow:
    audit = there.audits.get(line.key) if line.key else None
    before = (audit.practitioner_id, audit.team_id, audit.due_on) if audit else (None, None, None)

    def after(name: str) -> str:
        return str(change.fields[name][1]) if name in change.fields else ""

    return AuditRow(
        line=line.record.line,
        audit_id=audit.id if audit else None,
        about=line.kind,
        what=line.what,
        case_reference=line.case_reference,
        activity=line.activity,
        cycle=line.cycle or date.min,
        auditor_id=people[line.auditor],
        practitioner_id=people.get(after("practitioner"), before[0]),
        team_id=teams.get(after("team"), before[1]),
        due=line.due or before[2],
        submitted_on=line.submitted_on,
        answers=with_people(line.answers, framework, people),
        submits="submitted_on" in change.fields and line.submitted_on is not None,
    )
