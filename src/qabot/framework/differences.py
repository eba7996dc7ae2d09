"""What changes between two frameworks, key by key, as plain data for whoever prints it.

What the two come to is compared, and not how their files are written: what a file says by its default, or takes from
the file that it extends, counts as if it stood there.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import time
from typing import Any, Literal

from qabot.framework.long_forms import ASKING, collapsed
from qabot.framework.pairs import label, pairs, telling
from qabot.framework.schema import Framework
from qabot.framework.source import KeyPath, Place
from qabot.framework.vocabulary import is_made

Change = Literal["added", "removed", "changed", "moved"]
HOW_WRITTEN = frozenset({"extends"})
"""Keys of the whole file that say how it is put together, and nothing of the council's rules."""
NOWHERE = "nowhere"
"""Instead of an item's number in a list that does not have it."""
UNORDERED = frozenset({"rules", "confirm"})
"""Sections that are looked things up in, so that their order says nothing."""


@dataclass(frozen=True, slots=True)
class Side:
    """What one framework says under a key: plain data without its defaults, or None for nothing.

    `place` is where the key stands, or the nearest one around it; where a file took it away, the line that does so.
    `stands`: a file says it, if only to take it away; a value that stands nowhere is the default.
    """

    value: Any
    place: Place
    stands: bool


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not the same.

    `section` is a key of the whole file; `entry` the name of what stands there (a ladder, a role), empty in a section
    that has no names; `key` the rest of the path, empty for the whole entry: steps[NEW-REM-2].at. `title` is what
    people call the entry, empty if nothing. A list or section whose items come in another order is "moved".
    """

    section: str
    entry: str
    key: str
    title: str
    change: Change
    old: Side
    new: Side


def differences(old: Framework, new: Framework) -> list[Difference]:
    """Everything that differs, section by section in the order of the schema, by key in the order of the files."""
    return list(_Comparison(_Known(old), _Known(new)).sections())


class _Known:
    """A framework as plain data, whole and without its defaults."""

    def __init__(self, framework: Framework) -> None:
        self.framework = framework
        self.whole: dict[str, Any] = _plain(framework.model_dump(by_alias=True))
        self.said: dict[str, Any] = _plain(framework.model_dump(by_alias=True, exclude_defaults=True))
        for name in [each for each in framework.duties if _is_nobodys(framework, each)]:
            # No file says these here: they follow from the duties beside which they stand, or from gatherings, or are
            # of a file before this one.
            del self.whole["duties"][name], self.said["duties"][name]
        for name in _of_before(framework):
            del self.whole["questions"][name], self.said["questions"][name]
        self._take_forms_together()

    def _take_forms_together(self) -> None:
        """Of a form its own file says the questions and scales, and a file that asks it the form's name alone."""
        forms = self.framework.forms
        for name, form in forms.items():
            for section, theirs in (("questions", form.questions(name)), ("scales", form.scales)):
                for each in theirs:
                    del self.whole[section][each], self.said[section][each]
        for section in ASKING if forms else ():
            for data in (self.whole, self.said):
                for entry in data[section].values():
                    if "ask" in entry:
                        entry["ask"] = list(collapsed(entry["ask"], forms))

    def side(self, path: KeyPath) -> Side:
        place = self.framework.place(path)
        try:
            return Side(_at(self.said, path), place, stands=True)
        except LookupError:
            return Side(_or_none(self.whole, path), place, stands=self.framework.stands(path))

    def said_at(self, path: KeyPath, items: list[Any]) -> list[Any]:
        """The items at this path without their defaults, which are alike in all of them."""
        try:
            said = _at(self.said, path)
        except LookupError:
            return items
        return said if isinstance(said, list) else items

    def has_names(self, section: str) -> bool:
        """Whether what stands in a section has names of its own, and is not keys of the schema."""
        fields = type(self.framework).model_fields
        name = next(name for name, field in fields.items() if (field.alias or name) == section)
        return isinstance(getattr(self.framework, name), dict)


def _is_nobodys(framework: Framework, duty: str) -> bool:
    return duty in framework.opened.gone or is_made(framework, duty) or bool(framework.gathering_of(duty))


def _of_before(framework: Framework) -> set[str]:
    """The questions that only duties and activities of a file before this one ask."""
    there = [each.ask for name, each in framework.duties.items() if name not in framework.opened.gone]
    there += [each.ask for each in framework.activities.values()]
    there += [each.ask for each in framework.samples.values()]
    there += [each.ask for each in framework.gatherings.values()]
    opened = framework.opened
    before = [each.ask for each in opened.gone.values()] + [each.ask for each in opened.activities.values()]
    return {asks for each in before for asks in each if asks in framework.questions} - {
        asks for each in there for asks in each
    }


def _at(value: Any, path: KeyPath) -> Any:
    for part in path:
        if isinstance(value, list) and not isinstance(part, int):
            raise KeyError(part)
        value = value[part]
    return value


def _or_none(value: Any, path: KeyPath) -> Any:
    try:
        return _at(value, path)
    except LookupError:
        return None


def _plain(value: Any) -> Any:
    """A value as a file would hold it."""
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return f"{value:%H:%M}" if isinstance(value, time) else value


@dataclass(frozen=True, slots=True)
class _Spot:
    """A place in both frameworks at once: the path in each, which differ where an item of a list has moved."""

    old: KeyPath = ()
    new: KeyPath = ()
    shown: str = ""

    def key(self, name: str) -> "_Spot":
        return _Spot((*self.old, name), (*self.new, name), f"{self.shown}.{name}" if self.shown else name)

    def item(self, old: int | str, new: int | str, name: str) -> "_Spot":
        return _Spot((*self.old, old), (*self.new, new), f"{self.shown}[{name}]")


@dataclass(frozen=True, slots=True)
class _Part:
    """A section, and an entry of it."""

    section: str
    entry: str = ""
    title: str = ""


class _Comparison:
    """Walks two frameworks side by side."""

    def __init__(self, old: _Known, new: _Known) -> None:
        self.old, self.new = old, new

    def sections(self) -> Iterator[Difference]:
        for section in self.old.whole:
            if section in HOW_WRITTEN:
                continue
            part, spot = _Part(section), _Spot((section,), (section,))
            old, new = self.old.whole[section], self.new.whole[section]
            if isinstance(old, dict) and isinstance(new, dict) and self.old.has_names(section):
                yield from self.entries(part, spot, old, new)
            elif isinstance(old, list) and isinstance(new, list) and not _holds_maps(old + new):
                yield from self.members(part, old, new)
            else:
                yield from self.values(part, spot, old, new)

    def entries(self, part: _Part, spot: _Spot, old: dict[str, Any], new: dict[str, Any]) -> Iterator[Difference]:
        for name in {**old, **new}:
            within = _Part(part.section, name, _title(new.get(name)) or _title(old.get(name)))
            here = _Spot((*spot.old, name), (*spot.new, name))
            yield from self.one_or_both(within, here, old, new, name)
        if part.section not in UNORDERED:
            yield from self.order(part, spot, list(old), list(new))

    def members(self, part: _Part, old: list[Any], new: list[Any]) -> Iterator[Difference]:
        """A section that is a list of plain values, which says each of them and nothing by its order."""
        for value in dict.fromkeys([*old, *new]):
            within = _Part(part.section, str(value))
            before = self.member_side(self.old, part.section, old, value)
            after = self.member_side(self.new, part.section, new, value)
            if value not in new:
                yield _difference(within, "", "removed", before, after)
            elif value not in old:
                yield _difference(within, "", "added", before, after)

    def member_side(self, known: _Known, section: str, values: list[Any], value: Any) -> Side:
        path: KeyPath = (section, values.index(value)) if value in values else (section,)
        here = value in values
        return Side(value if here else None, known.framework.place(path), stands=here)

    def values(self, part: _Part, spot: _Spot, old: Any, new: Any) -> Iterator[Difference]:
        if isinstance(old, dict) and isinstance(new, dict):
            for name in {**old, **new}:
                yield from self.one_or_both(part, spot.key(name), old, new, name)
            yield from self.order(part, spot, [*old], [*new])
        elif isinstance(old, list) and isinstance(new, list) and _holds_maps(old + new):
            yield from self.items(part, spot, old, new)
        elif old != new:
            change: Change = "added" if _is_nothing(old) else "removed" if _is_nothing(new) else "changed"
            yield _difference(part, spot.shown, change, *self.sides(spot))

    def one_or_both(
        self, part: _Part, spot: _Spot, old: dict[str, Any], new: dict[str, Any], name: str
    ) -> Iterator[Difference]:
        if name in old and name in new:
            yield from self.values(part, spot, old[name], new[name])
        else:
            change: Change = "added" if name in new else "removed"
            yield _difference(part, spot.shown, change, *self.sides(spot))

    def items(self, part: _Part, spot: _Spot, old: list[Any], new: list[Any]) -> Iterator[Difference]:
        """A list of maps: items are the same by their name, else by how much of them is alike."""
        name = telling(old, new)
        kept: list[tuple[int, str]] = []
        for before, after in pairs(self.old.said_at(spot.old, old), self.new.said_at(spot.new, new), name):
            if before is not None and after is not None:
                kept.append((before, label(new, after, name)))
                yield from self.values(part, spot.item(before, after, label(new, after, name)), old[before], new[after])
            elif after is not None:
                here = spot.item(NOWHERE, after, label(new, after, name))
                yield _difference(part, here.shown, "added", *self.sides(here))
            elif before is not None:
                here = spot.item(before, NOWHERE, label(old, before, name))
                yield _difference(part, here.shown, "removed", *self.sides(here))
        yield from self.order(part, spot, [each for _, each in sorted(kept)], [each for _, each in kept])

    def sides(self, spot: _Spot) -> tuple[Side, Side]:
        return self.old.side(spot.old), self.new.side(spot.new)

    def order(self, part: _Part, spot: _Spot, old: Sequence[str], new: Sequence[str]) -> Iterator[Difference]:
        """Names that both have, in another order."""
        before, after = [each for each in old if each in new], [each for each in new if each in old]
        if before != after:
            places = self.old.framework.place(spot.old), self.new.framework.place(spot.new)
            sides = Side(before, places[0], stands=True), Side(after, places[1], stands=True)
            yield _difference(part, spot.shown, "moved", *sides)


def _difference(part: _Part, key: str, change: Change, old: Side, new: Side) -> Difference:
    return Difference(part.section, part.entry, key, part.title, change, old, new)


def _title(entry: Any) -> str:
    """What people call an entry: its title, or the one for a single piece."""
    title = entry.get("title") if isinstance(entry, dict) else None
    title = title.get("one") if isinstance(title, dict) else title
    return title if isinstance(title, str) else ""


def _is_nothing(value: Any) -> bool:
    return value is None or value in ("", [], {})


def _holds_maps(items: Sequence[Any]) -> bool:
    return any(isinstance(each, dict) for each in items)
