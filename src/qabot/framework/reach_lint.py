"""Offsets that reach further than ten years: nobody plans so far, and each day of a gathering until then would be."""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from qabot.framework.duties import BY_ANSWER
from qabot.framework.offsets import Offset
from qabot.framework.schema import Framework
from qabot.framework.source import KeyPath
from qabot.framework.vocabulary import is_made

Found = tuple[KeyPath, str]
LONGEST = {"working hour": 9999, "working day": 2600, "day": 3660, "week": 520, "month": 120}
"""The most of each unit."""
SECTIONS = ("activities", "samples", "questions", "duties", "gatherings", "ladders")


def check(framework: Framework) -> Iterator[Found]:
    """Every problem: its key path and what is wrong."""
    for section in SECTIONS:
        for name, entry in getattr(framework, section).items():
            if section == "duties" and is_made(framework, name):
                continue
            for path, offset in _offsets(entry, (section, name)):
                if abs(offset.count) > LONGEST[offset.unit]:
                    most = f"{LONGEST[offset.unit]} {offset.unit}s"
                    yield path, f"'{offset}' is further than ten years: expected at most {most}"


def _offsets(value: Any, path: KeyPath) -> Iterator[tuple[KeyPath, Offset]]:
    """Every offset in a part of a file, with where it stands."""
    if isinstance(value, Offset):
        yield path, value
    elif isinstance(value, BaseModel):
        for name, field in type(value).model_fields.items():
            key = field.alias or name
            yield from _offsets(getattr(value, name), path if key == BY_ANSWER else (*path, key))
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from _offsets(each, (*path, key))
    elif isinstance(value, tuple):
        for number, each in enumerate(value):
            yield from _offsets(each, (*path, number))
