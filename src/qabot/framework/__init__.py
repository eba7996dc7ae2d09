"""A council's rules as data: the file's schema, loader and linter; working days; offsets."""

from qabot.framework.calendar import LONDON, Calendar
from qabot.framework.offsets import Offset
from qabot.framework.schema import Activity, DeadlineRule, Framework, Ladder, Quota, Role, Sample, Step

__all__ = [
    "LONDON",
    "Activity",
    "Calendar",
    "DeadlineRule",
    "Framework",
    "Ladder",
    "Offset",
    "Quota",
    "Role",
    "Sample",
    "Step",
]
