"""Imports: CSV files of people, cases and audits, each all or nothing and repeatable (docs/imports.md)."""

from qabot.imports.changes import Change, Changes, Rows
from qabot.imports.people import apply_people, plan_people
from qabot.imports.people_rows import PEOPLE, PersonRow, people_rows, read_people

__all__ = [
    "PEOPLE",
    "Change",
    "Changes",
    "PersonRow",
    "Rows",
    "apply_people",
    "people_rows",
    "plan_people",
    "read_people",
]
