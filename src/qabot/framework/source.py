"""YAML text as a tree that remembers where everything stands, and the merging of two such trees."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

from qabot.errors import BadFile, Problem

KeyPath = tuple[str | int, ...]


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
    """A value and its place. `value` is a mapping or list of trees, or a scalar."""

    value: Any
    place: Place

    def plain(self) -> Any:
        """The value without places."""
        if isinstance(self.value, dict):
            return {key: each.plain() for key, each in self.value.items()}
        if isinstance(self.value, list):
            return [each.plain() for each in self.value]
        return self.value

    def places(self, path: KeyPath = ()) -> Iterator[tuple[KeyPath, Place]]:
        """Every key path with its place."""
        yield path, self.place
        if isinstance(self.value, dict):
            for key, each in self.value.items():
                yield from each.places((*path, key))
        elif isinstance(self.value, list):
            for number, each in enumerate(self.value):
                yield from each.places((*path, number))


def shown(path: KeyPath) -> str:
    """A key path for people: ladders.review-due.steps[2].at (a list's items count from 1)."""
    text = ""
    for part in path:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def read(path: Path) -> Tree:
    """A YAML file as a tree. Raises `BadFile` if it cannot be read or is not one mapping."""
    file = str(path)
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise BadFile([Problem(file, 0, 0, "", f"the file cannot be read: {why}")]) from error
    yaml = YAML(typ="safe", pure=True)
    try:
        node = yaml.compose(text)
        tree = _Reader(file, yaml).tree(node, Place(file, 1, 1), ()) if node is not None else None
    except YAMLError as error:
        raise BadFile([_syntax(file, error)]) from error
    except RecursionError as error:
        raise BadFile([Problem(file, 0, 0, "", "there are too many brackets within brackets")]) from error
    if tree is None or not isinstance(tree.value, dict):
        raise BadFile([Problem(file, 1, 1, "", "expected keys with values, such as 'framework: newham'")])
    return tree


def _syntax(file: str, error: YAMLError) -> Problem:
    mark = getattr(error, "problem_mark", None) if isinstance(error, MarkedYAMLError) else None
    detail = getattr(error, "problem", None) or "a character that YAML does not allow"
    what = f"this is not valid YAML ({detail}); check the indentation, the quotes and the colons here and just above"
    return Problem(file, mark.line + 1, mark.column + 1, "", what) if mark else Problem(file, 0, 0, "", what)


class _Reader:
    """Makes a tree of YAML's nodes."""

    def __init__(self, file: str, yaml: YAML) -> None:
        self.file = file
        self.yaml = yaml
        self.open: set[int] = set()

    def tree(self, node: Any, place: Place, path: KeyPath) -> Tree:
        if isinstance(node, ScalarNode):
            return Tree(self.value(node, place, path), place)
        if id(node) in self.open:
            raise BadFile([place.problem(path, "this alias contains itself")])
        self.open.add(id(node))
        value = self.members(node, path) if isinstance(node, MappingNode) else self.items(node, path)
        self.open.discard(id(node))
        return Tree(value, place)

    def value(self, node: ScalarNode, place: Place, path: KeyPath) -> Any:
        try:
            return self.yaml.constructor.construct_object(node)
        except (ValueError, TypeError, OverflowError, IndexError):
            # YAML takes it for a day or a number, and there is no such one.
            what = f"{node.value!r} cannot be read as a day, a time or a number; correct it, or put it in quotes"
            raise BadFile([place.problem(path, what)]) from None

    def members(self, node: MappingNode, path: KeyPath) -> dict[str, Tree]:
        found: dict[str, Tree] = {}
        for key_node, value_node in node.value:
            place = self.place(key_node)
            key = str(key_node.value) if isinstance(key_node, ScalarNode) else ""
            if not key or key == "<<":
                raise BadFile([place.problem(path, "expected a plain word as the key")])
            if key in found:
                first = found[key].place.line
                raise BadFile(
                    [place.problem((*path, key), f"this key stands here twice; the first is in line {first}")]
                )
            found[key] = self.tree(value_node, place, (*path, key))
        return found

    def items(self, node: SequenceNode, path: KeyPath) -> list[Tree]:
        return [self.tree(each, self.place(each), (*path, number)) for number, each in enumerate(node.value)]

    def place(self, node: Any) -> Place:
        return Place(self.file, node.start_mark.line + 1, node.start_mark.column + 1)


def merge(base: Tree, own: Tree, key: str = "") -> Tree:
    """`own` laid over `base`: mappings are merged, everything else is replaced, and an empty value takes a key away.

    One exception, so that a single step can be changed: where every item of `steps` names the rule of a step that the
    base has, these steps are merged with those, and the others stay.
    """
    if isinstance(base.value, dict) and isinstance(own.value, dict):
        merged = dict(base.value)
        for name, each in own.value.items():
            merged[name] = merge(base.value[name], each, name) if name in base.value else each
        return Tree({name: each for name, each in merged.items() if each.value is not None}, own.place)
    if key == "steps" and (steps := _merged_steps(base, own)):
        return Tree(steps, own.place)
    return own


def _merged_steps(base: Tree, own: Tree) -> list[Tree]:
    theirs, ours = _by_rule(base), _by_rule(own)
    if not ours or not ours.keys() <= theirs.keys():
        return []
    return [merge(step, ours[rule]) if rule in ours else step for rule, step in theirs.items()]


def _by_rule(steps: Tree) -> dict[str, Tree]:
    """The steps by their rules; nothing unless each has one of its own."""
    if not isinstance(steps.value, list) or not all(isinstance(step.value, dict) for step in steps.value):
        return {}
    found = {str(step.value["rule"].value): step for step in steps.value if "rule" in step.value}
    return found if len(found) == len(steps.value) else {}
