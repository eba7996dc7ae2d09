"""Open deadlines as planning sees them."""

from qabot.framework.offsets import parse_moment
from qabot.framework.schema import Framework
from qabot.framework.steps import Ladder
from qabot.models.rows import PlannedRow
from qabot.planning.occurrences import marks
from qabot.planning.planner import OpenDeadline
from qabot.workflows.core.parties import parties_of


def as_open(row: PlannedRow, ladder: Ladder, framework: Framework) -> OpenDeadline:
    """A row as planning sees it, with the ladder that it has."""
    return OpenDeadline(
        id=row.id,
        rule=row.rule,
        parties=parties_of(row, framework),
        anchors={name: parse_moment(text) for name, text in row.anchors.items()},
        ladder=ladder,
        opened_at=row.opened_at,
        fired=frozenset(marks(row.fired)),
        due_on=row.due_on,
        due_at=row.due_at,
        snoozed_until=row.snoozed_until,
        snoozed_by=row.snoozed_by_id,
        snoozes=row.snoozes,
    )
