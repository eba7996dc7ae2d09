"""Where a time of day says something: on which hour something is due, or is said. Anywhere else days are counted."""

from collections.abc import Iterator

from qabot.framework.offsets import Offset
from qabot.framework.schema import Framework
from qabot.framework.source import KeyPath
from qabot.framework.steps import Ladder

Found = tuple[KeyPath, str]


def check(framework: Framework) -> Iterator[Found]:
    """Every time of day that nothing would heed."""
    for path, offset in _in_days(framework):
        if offset is not None and offset.at is not None:
            yield path, f"days are counted here: leave out 'at {offset.at:%H:%M}'; 'due' and a step's 'at' may have one"


def _in_days(framework: Framework) -> Iterator[tuple[KeyPath, Offset | None]]:
    for name, duty in framework.duties.items():
        yield ("duties", name, "opens"), duty.opens
        yield ("duties", name, "put-off", "within"), duty.put_off.within if duty.put_off else None
    for name, question in framework.questions.items():
        yield ("questions", name, "earliest"), question.earliest
        yield ("questions", name, "latest"), question.latest
    for name, ladder in framework.ladders.items():
        yield from _of_ladder(ladder, ("ladders", name))


def _of_ladder(ladder: Ladder, at: KeyPath) -> Iterator[tuple[KeyPath, Offset | None]]:
    yield from (((*at, "points", name), offset) for name, offset in ladder.points.items())
    for index, step in enumerate(ladder.steps):
        here: KeyPath = (*at, "steps", index)
        yield (*here, "since"), step.since
        yield (*here, "until"), step.until
        yield (*here, "repeat"), step.repeat
