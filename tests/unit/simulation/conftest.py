"""A world for happenings to be played in."""

from tests.support.world_fixtures import world

__all__ = ["world"]
