"""Rows that another program sends, as a file of them: checked and carried out as an import would be."""

from collections.abc import Mapping, Sequence

from qabot.framework import Framework
from qabot.imports import kinds
from qabot.imports.audit_rows import audit_headings, audit_rows
from qabot.imports.cases import CASES, case_rows
from qabot.imports.people import Wishes
from qabot.imports.people_rows import PEOPLE, people_rows
from qabot.imports.sheet import Cell, Headings, Record, Sheet, formulas, heading_problem

Sent = Sequence[Mapping[str, str]]
OTHERS = "has other fields than the first one: give the same fields in each, or send them apart"
WISHES = Wishes(all_new=True)
"""A program names people by their addresses: whoever it does not know is somebody else."""


def audits(sent: Sent, framework: Framework) -> kinds.Plan:
    """Pieces of work, by the headings of an audits file, in which what is not given is an empty cell."""
    every = dict.fromkeys(heading for row in sent for heading in row)
    whole = [{heading: row.get(heading, "") for heading in every} for row in sent]
    return kinds.audits_of(audit_rows(_sheet("audits", whole, audit_headings(framework)), framework))


def cases(sent: Sent) -> kinds.Plan:
    """Cases, by the headings of a cases file."""
    return kinds.cases_of(case_rows(_sheet("cases", sent, CASES)))


def people(sent: Sent) -> kinds.Plan:
    """People, by the headings of a people file."""
    return kinds.staff(people_rows(_sheet("people", sent, PEOPLE)), WISHES, allow_vacant=True)


def _sheet(name: str, sent: Sent, headings: Headings) -> Sheet:
    """The rows as a sheet: the first stands in line 1."""
    first = sent[0].keys() if sent else {}
    records, problems = [], []
    for line, row in enumerate(sent, 1):
        record = Record(name, line, {each: Cell(said, line, at) for at, (each, said) in enumerate(row.items(), 1)})
        records.append(record)
        unknown = {each: heading_problem(each, (), headings) for each in row}
        problems += [record.problem(each, what) for each, what in unknown.items() if what]
        problems += [record.problem("", OTHERS)] if row.keys() != first else []
        problems += formulas(record)
    return Sheet(name, frozenset(first), tuple(records), tuple(problems))
