"""The lists of Today as the tables of a file: each as its page shows it, with what the page leaves to its links."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from qabot.messaging.values import join_and
from qabot.web.drawing import moment
from qabot.web.lists import NOTICES, notice_cells
from qabot.web.owed import OwedRow
from qabot.web.table_files import Cell, Table

ALERTS = ("Alert", "About", "Team", "Age", "Told", "Next")
UNDATED = ("What", "About", "Who", "Team", "By", "Date has passed", "Days late")
LATE = ("Service", "Who", "Team", "What", "About", "By", "Days late", "Last answer", "Handed to")
HELP = ("Who", "With", "About", "Age")


@dataclass(frozen=True, slots=True)
class Late:
    """Something late: by how many days, and what was last answered ("" if nothing)."""

    row: OwedRow
    service: str
    days: int
    answer: str


def tables(board: Mapping[str, Any]) -> list[Table]:
    """What the page's template is given, as tables in the order of the page."""
    late = [each for _, lines in board["late"] for each in lines]
    return [
        Table("Alerts not acknowledged", ALERTS, [_alert(*each) for each in board["alerts"]]),
        Table("Meetings without a date", UNDATED, [_undated(*each) for each in board["undated"]]),
        Table("Past their date", LATE, [_late(each) for each in late]),
        Table("Asked for help", HELP, [_help(*each) for each in board["helps"]]),
        Table("Not delivered", NOTICES, [notice_cells(each) for each in board["undelivered"]]),
    ]


def _alert(
    row: OwedRow,
    age: str,
    recipients: Sequence[tuple[datetime | None, list[str]]],
    following: tuple[datetime, list[str]] | None,
) -> tuple[Cell, ...]:
    return (
        row.kind,
        row.subject,
        row.team,
        age,
        "; ".join(_at(*each) for each in recipients),
        _at(*following or (None, [])),
    )


def _at(at: datetime | None, names: Sequence[str]) -> str:
    return f"{join_and(names)}{f', {moment(at)}' if at else ''}"


def _undated(row: OwedRow, days: int) -> tuple[Cell, ...]:
    return row.kind, row.subject, row.owner, row.team, row.due, "Yes" if row.past else "No", days


def _late(each: Late) -> tuple[Cell, ...]:
    row = each.row
    what = row.owner, row.team, row.kind, row.subject
    return each.service, *what, row.due, each.days, each.answer, row.handed_to


def _help(row: OwedRow, name: str, age: str, token: str, may_answer: bool) -> tuple[Cell, ...]:
    return name, row.kind, row.subject, age
