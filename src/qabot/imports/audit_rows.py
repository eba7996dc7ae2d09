"""The rows of the audits file as typed values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from qabot.errors import Problem
from qabot.framework import Framework
from qabot.framework.activities import Activity
from qabot.imports.audit_answers import answers, columns
from qabot.imports.cells import Reading, did_you_mean
from qabot.imports.changes import Rows
from qabot.imports.mapping import plain
from qabot.imports.sheet import Headings, Reader, Record, Sheet, read_sheet
from qabot.imports.tables import Upload

REQUIRED = ("activity", "cycle", "auditor")
OPTIONAL = ("case_reference", "about", "practitioner", "team", "due", "submitted_on")
AuditKey = tuple[str, date, str]
"""Activity, first day of the cycle, and what it is about: no case is drawn twice in a cycle.

Of a case its reference, of a person their e-mail, of a place or theme its name in small letters; of nothing the
auditor's e-mail.
"""


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One row as it stands in the file: people by e-mail, number or name; `answers` are what its form asks.

    `kind` is what its activity is about; `what` names the place or theme. Whom it is about is its practitioner.
    """

    record: Record
    case_reference: str
    kind: str
    what: str
    activity: str
    cycle: date | None
    auditor: str
    practitioner: str
    team: str
    due: date | None
    submitted_on: date | None
    answers: Mapping[str, Any]

    @property
    def key(self) -> AuditKey | None:
        """What makes it the same audit when it is imported again."""
        return (self.activity, self.cycle, self.about) if self.cycle else None

    @property
    def about(self) -> str:
        """What it is about, as a key has it."""
        of = {"case": self.case_reference, "person": self.practitioner, "nothing": self.auditor}
        return of.get(self.kind, self.what.casefold())


def audit_headings(framework: Framework) -> Headings:
    """The columns of the file: what the form of any activity asks are columns of their own."""
    questions = dict.fromkeys(name for activity in framework.activities.values() for name in activity.ask)
    return Headings(REQUIRED, (*OPTIONAL, *(each for name in questions for each in columns(framework, name))))


def read_audits(path: Path | Upload, framework: Framework, reader: Reader | None = None) -> Rows[AuditLine]:
    """The rows of an audits file. Raises `BadFile` if it cannot be read or its headings are wrong."""
    return audit_rows(read_sheet(path, audit_headings(framework), reader), framework)


def audit_rows(sheet: Sheet, framework: Framework) -> Rows[AuditLine]:
    """The same from a sheet, wherever it came from (a scenario has audits inline)."""
    problems = list(sheet.problems)
    rows = tuple(_line(Reading(record, problems), framework) for record in sheet.records)
    if not rows:
        problems.append(
            Problem(sheet.file, 0, 0, "", "there are headings but no audits: expected a row for each audit")
        )
    return Rows(sheet.file, sheet.columns, rows, tuple(problems), notes=sheet.notes)


def _line(reading: Reading, framework: Framework) -> AuditLine:
    text = reading.record.text
    named = _activity(text("activity"), framework)
    activity = framework.activities.get(named)
    if activity is None:
        names = list(framework.activities)
        near = did_you_mean(text("activity"), names) or f": expected {' or '.join(names)}"
        reading.wrong("activity", f"no activity '{text('activity')}' in {framework.framework}{near}")
    kind = activity.about if activity else "case"
    line = AuditLine(
        record=reading.record,
        case_reference=text("case_reference"),
        kind=kind,
        what=reading.text("about") if kind in ("place", "theme") else "",
        activity=named,
        cycle=reading.day("cycle", required=True),
        auditor=reading.colleague("auditor", required=True),
        practitioner=reading.colleague("about" if kind == "person" else "practitioner"),
        team=reading.text("team"),
        due=reading.day("due"),
        submitted_on=reading.day("submitted_on"),
        answers=answers(reading, framework, activity) if activity else {},
    )
    if activity:
        _check_alone(line, reading, activity, framework)
    return line


def _activity(written: str, framework: Framework) -> str:
    """The key of an activity that is written as its key or its title; else as it is written."""
    titles = {plain(each.title): key for key, each in framework.activities.items()}
    keys = {plain(key): key for key in framework.activities}
    return keys.get(plain(written)) or titles.get(plain(written)) or written


def _check_cycle(line: AuditLine, day: date, reading: Reading, activity: Activity) -> None:
    """Its first day is that of a cycle; work on request has none, and says itself when it is due."""
    if not activity.every.count:
        since_last = activity.every.since_last
        if not line.due and not (since_last and line.submitted_on):
            how = "since the last one" if since_last else "on request"
            reading.wrong("due", f"{activity.title} is done {how}, so no cycle says when it is due: expected a day")
        return
    period = activity.every.period(day)
    if period is None:
        first = activity.every.next_start(day)
        reading.wrong("cycle", f"is before the first cycle of {activity.title} begins: expected {first} or later")
    elif period.starts != day:
        what = f"is not the first day of a cycle of {activity.title} (every: {activity.every})"
        reading.wrong("cycle", f"{what}: expected {period.starts}")


def _check_about(line: AuditLine, reading: Reading, activity: Activity) -> None:
    """What it is about stands in its own column, and in no other."""
    needs = {"case": "case_reference", "nothing": ""}.get(line.kind, "about")
    expected = {
        "case_reference": "the case's reference",
        "about": "their e-mail" if line.kind == "person" else f"the {line.kind}",
    }
    what = "nothing" if line.kind == "nothing" else f"a {line.kind}"
    if needs and not reading.record.text(needs):
        reading.wrong(needs, f"this cell is empty, and {activity.title} is about {what}: expected {expected[needs]}")
    never = {"case_reference", "about", *(() if line.kind == "case" else ("practitioner",))} - {needs}
    for heading in sorted(each for each in never if reading.record.text(each)):
        reading.wrong(heading, f"{activity.title} is about {what}: expected this cell to be empty")


def _check_alone(line: AuditLine, reading: Reading, activity: Activity, framework: Framework) -> None:
    _check_about(line, reading, activity)
    if line.cycle:
        _check_cycle(line, line.cycle, reading, activity)
    if line.cycle and line.due and line.due < line.cycle:
        reading.wrong("due", "is before the cycle begins: expected a later day")
    given = [
        heading
        for heading in reading.record.cells
        if heading not in REQUIRED + OPTIONAL and reading.record.text(heading)
    ]
    if not reading.record.text("submitted_on"):
        for heading in given:
            what = "a grade" if heading == activity.grade else "an answer"
            reading.wrong(heading, f"{what} needs the day on which it was submitted: expected submitted_on as well")
        return
    for name in activity.ask:
        question = framework.questions[name]
        if not question.optional and not question.rows and name not in given:
            what = "a grade" if question.scale else "an answer"
            reading.wrong(name, f"is missing: expected {what}, because the audit is submitted")
