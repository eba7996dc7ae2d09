"""A council's rules as data: the schema of its file, loader, linter and description; working days; offsets."""

from qabot.framework.activities import Activity, Quota
from qabot.framework.calendar import LONDON, Calendar
from qabot.framework.describe import describe
from qabot.framework.differences import Difference, differences
from qabot.framework.duties import Condition, Duty, Question, Scale
from qabot.framework.editors import json_schema
from qabot.framework.lint import lint, require, warn
from qabot.framework.loader import load, names
from qabot.framework.offsets import Offset
from qabot.framework.samples import Sample
from qabot.framework.schema import Framework, Role
from qabot.framework.steps import Ladder, Step

__all__ = [
    "LONDON",
    "Activity",
    "Calendar",
    "Condition",
    "Difference",
    "Duty",
    "Framework",
    "Ladder",
    "Offset",
    "Question",
    "Quota",
    "Role",
    "Sample",
    "Scale",
    "Step",
    "describe",
    "differences",
    "json_schema",
    "lint",
    "load",
    "names",
    "require",
    "warn",
]
