"""YAML text as a tree that remembers where everything stands, and the merging of two such trees."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

from qabot.errors import BadFile, Problem
from qabot.whole_files import text_of

KeyPath = tuple[str | int, ...]
ADDED_UP = frozenset({"without"})
"""Keys of the whole file whose lists add up: what one file switches off, no file laid over it switches on unasked."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a key (or a list's item) begins. `line` and `column` count from 1; 0 means the whole file."""

    file: str
    line: int = 0
    column: int = 0

    def problem(self, where: KeyPath, what: str) -> Problem:
        """A problem here."""
        return Problem(self.file, self.line, self.column, shown(where), what)


@dataclass(frozen=True, slots=True)
class Tree:
    """A value and its place. `value` is a mapping or list of trees, or a scalar.

    `gone` are the keys that a file laid over another took away, and where it says so.
    """

    value: Any
    place: Place
    gone: Mapping[str, Place] = field(default_factory=dict)
    twice: tuple[Problem, ...] = ()
    """Of a whole file: the keys that stand in it twice. The tree has what the first of them says."""

    def plain(self) -> Any:
        """The value without places."""
        if isinstance(self.value, dict):
            return {key: each.plain() for key, each in self.value.items()}
        if isinstance(self.value, list):
            return [each.plain() for each in self.value]
        return self.value

    def places(self, path: KeyPath = ()) -> Iterator[tuple[KeyPath, Place]]:
        """Every key path with its place; of a key that was taken away, where that is said."""
        yield path, self.place
        yield from (((*path, key), place) for key, place in self.gone.items())
        if isinstance(self.value, dict):
            for key, each in self.value.items():
                yield from each.places((*path, key))
        elif isinstance(self.value, list):
            for number, each in enumerate(self.value):
                yield from each.places((*path, number))


def shown(path: KeyPath) -> str:
    """A key path for people: ladders.usual.steps[2].at (a list's items count from 1)."""
    text = ""
    for part in path:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def read(path: Path) -> Tree:
    """A YAML file as a tree. Raises `BadFile` if it cannot be read, is not one mapping, or has a key twice."""
    tree = read_with_doubles(path)
    if tree.twice:
        raise BadFile([*tree.twice])
    return tree


def read_with_doubles(path: Path) -> Tree:
    """The same, where keys that stand there twice are told together with what else is wrong (`Tree.twice`)."""
    file = str(path)
    try:
        text = text_of(path)
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise BadFile([Problem(file, 0, 0, "", f"the file cannot be read: {why}")]) from error
    return _read(file, text)


# A text is read once in a process, however often it is wired: Newham's takes half a second of processor time.
@lru_cache(maxsize=32)
def _read(file: str, text: str) -> Tree:
    yaml = YAML(typ="safe", pure=True)
    try:
        node, reader = yaml.compose(text), _Reader(file, yaml)
        tree = reader.tree(node, Place(file, 1, 1), ()) if node is not None else None
    except YAMLError as error:
        raise BadFile([_syntax(file, error)]) from error
    except RecursionError as error:
        raise BadFile([Problem(file, 0, 0, "", "there are too many brackets within brackets")]) from error
    if tree is None or not isinstance(tree.value, dict):
        raise BadFile([Problem(file, 1, 1, "", "expected keys with values, such as 'framework: newham'")])
    return replace(tree, twice=tuple(reader.twice))


def _syntax(file: str, error: YAMLError) -> Problem:
    mark = getattr(error, "problem_mark", None) if isinstance(error, MarkedYAMLError) else None
    detail = getattr(error, "problem", None) or "a character that YAML does not allow"
    what = f"this is not valid YAML ({detail}); check the indentation, the quotes and the colons here and just above"
    return Problem(file, mark.line + 1, mark.column + 1, "", what) if mark else Problem(file, 0, 0, "", what)


_UNREADABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")


def _unreadable(text: str) -> str:
    """What is wrong with a text that holds what is no character of any writing, and no database keeps; "" if none."""
    match = _UNREADABLE.search(text)
    return f"this text holds U+{ord(match[0]):04X}, which nobody can read: take it out" if match else ""


MOST_VALUES = 100_000
"""A hundred times what the longest framework has: a few lines of aliases within aliases would come to any number."""
TOO_MANY = f"there are more than {MOST_VALUES:,} values here, which no such file needs; look at its aliases (*)"


class _Reader:
    """Makes a tree of YAML's nodes."""

    def __init__(self, file: str, yaml: YAML) -> None:
        self.file = file
        self.yaml = yaml
        self.open: set[int] = set()
        self.twice: list[Problem] = []
        self.values = 0

    def tree(self, node: Any, place: Place, path: KeyPath) -> Tree:
        self.values += 1
        if self.values > MOST_VALUES:
            raise BadFile([place.problem(path, TOO_MANY)])
        if isinstance(node, ScalarNode):
            return Tree(self.value(node, place, path), place)
        if id(node) in self.open:
            raise BadFile([place.problem(path, "this alias contains itself")])
        self.open.add(id(node))
        value = self.members(node, path) if isinstance(node, MappingNode) else self.items(node, path)
        self.open.discard(id(node))
        return Tree(value, place)

    def value(self, node: ScalarNode, place: Place, path: KeyPath) -> Any:
        what = f"{node.value!r} cannot be read as a day, a time or a number; correct it, or put it in quotes"
        try:
            value = self.yaml.constructor.construct_object(node)
        except (ValueError, TypeError, OverflowError, LookupError):
            # YAML takes it for a day or a number, and there is no such one.
            raise BadFile([place.problem(path, what)]) from None
        if isinstance(value, str) and (why := _unreadable(value)):
            raise BadFile([place.problem(path, why)])
        if not isinstance(value, str | bool | int | float | date | None):
            # A tag such as !!binary or !!set makes what no file needs.
            raise BadFile([place.problem(path, f"{node.tag!r} is no kind of value here; leave the tag out")])
        return value

    def members(self, node: MappingNode, path: KeyPath) -> dict[str, Tree]:
        members_by_name: dict[str, Tree] = {}
        for key_node, value_node in node.value:
            place = self.place(key_node)
            key = str(key_node.value) if isinstance(key_node, ScalarNode) else ""
            if not key or key == "<<":
                raise BadFile([place.problem(path, "expected a plain word as the key")])
            if why := _unreadable(key):
                raise BadFile([place.problem(path, why)])
            if key in members_by_name:
                first = members_by_name[key].place.line
                self.twice.append(
                    place.problem((*path, key), f"this key stands here twice; the first is in line {first}")
                )
                continue
            members_by_name[key] = self.tree(value_node, place, (*path, key))
        return members_by_name

    def items(self, node: SequenceNode, path: KeyPath) -> list[Tree]:
        return [self.tree(each, self.place(each), (*path, number)) for number, each in enumerate(node.value)]

    def place(self, node: Any) -> Place:
        return Place(self.file, node.start_mark.line + 1, node.start_mark.column + 1)


def merge(base: Tree, own: Tree) -> Tree:
    """`own` laid over `base`: mappings are merged, everything else is replaced, and an empty value takes a key away.

    Two exceptions. So that a single step can be changed: where every item of `steps` is named as a step that the base
    has, these steps are merged with those, and the others stay. And the lists of `ADDED_UP` add up.
    Raises `BadFile` where there is nothing to take away.
    """
    merging = _Merging()
    merged = merging.tree(base, own, ())
    if merging.problems:
        raise BadFile([*merging.problems, *own.twice])
    return replace(merged, twice=(*base.twice, *own.twice))


class _Merging:
    """Lays one tree over another, and gathers what is wrong meanwhile."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def tree(self, base: Tree, own: Tree, path: KeyPath) -> Tree:
        if isinstance(base.value, dict) and isinstance(own.value, dict):
            return self.keys(base, own, path)
        if isinstance(base.value, list) and isinstance(own.value, list):
            if path[-1] == "steps" and (steps := self.steps(base, own, path)):
                return Tree(steps, own.place)
            if len(path) == 1 and path[0] in ADDED_UP:
                known = [each.plain() for each in base.value]
                return Tree([*base.value, *(each for each in own.value if each.plain() not in known)], own.place)
        return own

    def keys(self, base: Tree, own: Tree, path: KeyPath) -> Tree:
        merged, gone = dict(base.value), dict(base.gone)
        for key, each in own.value.items():
            if each.value is not None:
                merged[key] = self.tree(base.value[key], each, (*path, key)) if key in base.value else each
                gone.pop(key, None)
            elif key in base.value:
                del merged[key]
                gone[key] = each.place
            else:
                self.problems.append(each.place.problem((*path, key), _nothing_to_take_away(base, key)))
        return Tree(merged, own.place, gone)

    def steps(self, base: Tree, own: Tree, path: KeyPath) -> list[Tree]:
        theirs, ours = _by_name(base), _by_name(own)
        if not ours or not ours.keys() <= theirs.keys():
            return []
        return [
            self.tree(step, ours[name], (*path, number)) if name in ours else step
            for number, (name, step) in enumerate(theirs.items())
        ]


def _nothing_to_take_away(base: Tree, key: str) -> str:
    near = get_close_matches(key, base.value, 1)
    guess = f"; did you mean {near[0]!r}?" if near else "; give it a value, or leave the key out"
    return f"an empty value takes a key away, and the file that this one extends has no such key{guess}"


def _by_name(steps: Tree) -> dict[str, Tree]:
    """The steps by what each is called, else by its rule; nothing unless each has a name of its own."""
    if not all(isinstance(step.value, dict) for step in steps.value):
        return {}
    named = [(step.value.get("called") or step.value.get("rule"), step) for step in steps.value]
    steps_by_name = {str(name.value): step for name, step in named if name is not None}
    return steps_by_name if len(steps_by_name) == len(steps.value) else {}
