"""A council's rules as data: the schema of its file, loader, linter and description; working days; offsets."""

from qabot.framework.calendar import LONDON, Calendar
from qabot.framework.describe import describe
from qabot.framework.differences import Difference, differences
from qabot.framework.editors import json_schema
from qabot.framework.lint import lint, require
from qabot.framework.loader import load, names
from qabot.framework.offsets import Offset
from qabot.framework.schema import Activity, DeadlineRule, Framework, Ladder, Quota, Role, Sample, Step

__all__ = [
    "LONDON",
    "Activity",
    "Calendar",
    "DeadlineRule",
    "Difference",
    "Framework",
    "Ladder",
    "Offset",
    "Quota",
    "Role",
    "Sample",
    "Step",
    "describe",
    "differences",
    "json_schema",
    "lint",
    "load",
    "names",
    "require",
]
