"""Why a notice goes, in words: the offset of its step as people read it, in the place of how a file writes it."""

import re
from dataclasses import replace

from qabot.framework.describe_words import happens
from qabot.framework.offsets import MONTHS, Offset
from qabot.framework.schema import Framework

_SHAPE = re.compile(r"(?P<rule>[A-Z]+-[A-Z]+-[0-9.]+[a-z]?): (?P<when>.*?)(?: \((?P<who>.*)\))?")
_MONTH = re.compile(r"each month, (?P<year>\d{4})-(?P<month>\d{2})")
_OVERTAKEN = re.compile(r"overtaken by (?P<rule>\S+)( \(\S+\))?")
_WORDS = {
    "opened": ("when it opened", "it opened"),
    "submitted": ("when it was submitted", "it was submitted"),
    "drawn": ("when it was drawn", "it was drawn"),
    "final": ("when it became final", "it became final"),
    "moderated": ("when its second grade was in", "its second grade was in"),
    "due": ("on its due date", "its due date"),
    "opens": ("on the first day on which it can be answered", "the first day on which it can be answered"),
    "cycle-start": ("at the start of its cycle", "the start of its cycle"),
    "cycle-end": ("at the end of its cycle", "the end of its cycle"),
    "last": ("on the day on which it was last said", "it was last said"),
    "new-date": ("on the new date", "the new date"),
    "day": ("on its day", "its day"),
}
"""Each anchor by itself, and after "before" or "after"."""


def spoken_reason(framework: Framework, reason: str, rule: str) -> str:
    """The reason that a notice or an event keeps, in words. `rule` stands beside it, so it is not said again."""
    if match := _OVERTAKEN.fullmatch(reason):
        return f"overtaken by a later message ({match['rule']})"
    match = _SHAPE.fullmatch(reason)
    if match is None:
        return reason
    when = _when(framework, match["rule"], match["when"])
    who = f" ({match['who']})" if match["who"] and match["who"] != match["when"] else ""
    beside = "" if match["rule"] == rule else f"{match['rule']}: "
    return f"{beside}{when}{who}"


def _when(framework: Framework, rule: str, text: str) -> str:
    if month := _MONTH.fullmatch(text):
        return f"the reminder of each month, {MONTHS[int(month['month']) - 1]} {month['year']}"
    try:
        offset = Offset.parse(text)
    except ValueError:
        return text
    offset = _from_first(framework, rule, offset)
    known = [words for each in offset.anchors if (words := _anchor(framework, each))]
    if len(known) < len(offset.anchors):
        return text
    alone, after = zip(*known, strict=True)
    hour = f", at {offset.at:%H:%M}" if offset.at else ""
    if not offset.count:
        return f"{' or '.join(alone)}{hour}"
    plural, side = "" if abs(offset.count) == 1 else "s", "before" if offset.count < 0 else "after"
    return f"{abs(offset.count)} {offset.unit}{plural} {side} {' or '.join(after)}{hour}"


def _from_first(framework: Framework, rule: str, offset: Offset) -> Offset:
    """What counts from a point of its ladder, counted from what the point counts from; as far as that is one number."""
    having = [each for each in framework.every_ladder.values() if offset.anchors[0] in each.points]
    having.sort(key=lambda ladder: rule not in {step.rule for step in ladder.steps})
    if not having:
        return offset
    point = having[0].points[offset.anchors[0]]
    if not offset.count:
        return replace(point, at=offset.at)
    return replace(point, count=point.count + offset.count) if point.unit == offset.unit else offset


def _anchor(framework: Framework, name: str) -> tuple[str, str] | None:
    if name in _WORDS:
        return _WORDS[name]
    if name[0].isdigit():
        return f"on {name}", name
    if "." not in name:
        return None
    said = happens(framework, name)
    return said, said.removeprefix("when ")
