"""Gatherings on PostgreSQL, where rows are locked and a number is no truth value."""

from pathlib import Path

from qabot.framework.loader import load
from qabot.models import Deadline, Occasion
from tests.support.councils import RULES
from tests.support.postgres_fixtures import database
from tests.support.world import World
from tests.unit.workflows.test_gatherings import BOARD

__all__ = ["database"]
