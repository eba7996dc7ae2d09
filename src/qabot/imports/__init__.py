"""Imports: CSV files of people, cases and audits, each all or nothing and repeatable (docs/imports.md)."""

from qabot.imports.audit_rows import AuditLine, audit_headings, audit_rows, read_audits
from qabot.imports.audits import AuditPlan, AuditRow, plan_audits
from qabot.imports.cases import CASES, CaseRow, apply_cases, case_rows, plan_cases, read_cases
from qabot.imports.changes import Change, Changes, Rows
from qabot.imports.days import DAYS, DayRow, day_rows, plan_days, read_days
from qabot.imports.people import apply_people, plan_people
from qabot.imports.people_rows import PEOPLE, PersonRow, people_rows, read_people
from qabot.imports.picks import PICKS, PickRow, apply_picks, pick_rows, plan_picks, read_picks

__all__ = [
    "CASES",
    "DAYS",
    "PEOPLE",
    "PICKS",
    "AuditLine",
    "AuditPlan",
    "AuditRow",
    "CaseRow",
    "Change",
    "Changes",
    "DayRow",
    "PersonRow",
    "PickRow",
    "Rows",
    "apply_cases",
    "apply_people",
    "apply_picks",
    "audit_headings",
    "audit_rows",
    "case_rows",
    "day_rows",
    "people_rows",
    "pick_rows",
    "plan_audits",
    "plan_cases",
    "plan_days",
    "plan_people",
    "plan_picks",
    "read_audits",
    "read_cases",
    "read_days",
    "read_people",
    "read_picks",
]
