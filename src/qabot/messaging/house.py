"""The words of a house: what people know, what never stands alone, and what no preview says (`house.yaml`)."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from qabot.errors import BadFile, Problem
from qabot.whole_files import text_of

FILE = "house.yaml"


@dataclass(frozen=True, slots=True)
class House:
    """`abbreviations` and the keys of `colours` are in capitals; a colour's value is the word that follows it."""

    abbreviations: frozenset[str] = frozenset()
    colours: Mapping[str, str] = field(default_factory=dict)
    never_in_previews: frozenset[str] = frozenset()

    def alone(self, text: str) -> Iterator[str]:
        """Each colour that stands in the text without its word, as it should be written."""
        for colour, word in self.colours.items():
            if re.search(rf"\b{re.escape(colour)}\b(?! \({re.escape(word)}\))", text):
                yield f"{colour} ({word})"

    def grade_in(self, text: str, others: Collection[str] = ()) -> bool:
        """Whether a colour, or its word, stands in the text; or one of `others`, a council's own words for grades."""
        return any(_word(each).search(text) for each in (*self.colours, *self.colours.values(), *others))

    def telling(self, summary: str) -> str | None:
        """The first word or number of a summary that others should not see in a preview."""
        words = "|".join(map(re.escape, sorted(self.never_in_previews)))
        match = re.search(rf"[0-9]+|\b({words})\b" if words else "[0-9]+", summary, re.IGNORECASE)
        return match[0] if match else None


def read_house(folders: Sequence[Path]) -> House:
    """What every folder's `house.yaml` says, together; a later one may change a colour's word. Raises `BadFile`."""
    house = House()
    problems: list[Problem] = []
    for path in (folder / FILE for folder in folders):
        if not path.exists():
            continue
        try:
            own = _read(path)
        except BadFile as wrong:
            problems += wrong.problems
            continue
        house = House(
            house.abbreviations | own.abbreviations,
            {**house.colours, **own.colours},
            house.never_in_previews | own.never_in_previews,
        )
    if problems:
        raise BadFile(problems)
    return house


def _read(path: Path) -> House:
    try:
        tree = YAML().load(text_of(path))
    except (OSError, UnicodeDecodeError) as wrong:
        why = wrong.strerror if isinstance(wrong, OSError) else "it is not UTF-8 text"
        raise BadFile([Problem(str(path), 0, 0, "", f"the file cannot be read: {why}")]) from wrong
    except YAMLError as wrong:
        mark = wrong.problem_mark if isinstance(wrong, MarkedYAMLError) else None
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        why = wrong.problem if isinstance(wrong, MarkedYAMLError) else str(wrong)
        raise BadFile([Problem(str(path), line, column, "", f"this is not YAML: {why}")]) from wrong
    if tree is None:
        return House()
    if not isinstance(tree, dict):
        raise BadFile([Problem(str(path), 1, 1, "", f"expected the keys {', '.join(_KEYS)}")])
    if problems := list(_faults(path, tree)):
        raise BadFile(problems)
    return House(
        frozenset(tree.get("abbreviations", ())),
        dict(tree.get("colours", {})),
        frozenset(tree.get("never_in_previews", ())),
    )


def _faults(path: Path, tree: Any) -> Iterator[Problem]:
    for key, value in tree.items():
        line, column = tree.lc.key(key)
        if key not in _KEYS:
            yield Problem(str(path), line + 1, column + 1, str(key), f"no such key; expected {', '.join(_KEYS)}")
        elif not _KEYS[key][0](value):
            yield Problem(str(path), line + 1, column + 1, key, f"expected {_KEYS[key][1]}")


def _words(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) and each.strip() for each in value)


def _capitals(value: Any) -> bool:
    return _words(value) and all(re.fullmatch("[A-Z]{2,}", each) for each in value)


def _colours(value: Any) -> bool:
    return isinstance(value, dict) and _capitals(list(value)) and _words(list(value.values()))


def _word(text: str) -> re.Pattern[str]:
    return re.compile(rf"\b{re.escape(text)}\b")


_KEYS: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "abbreviations": (_capitals, "a list of words in capitals, such as [QA, NHS]"),
    "colours": (_colours, "colours in capitals, each with its word, such as {COLOUR: Word}"),
    "never_in_previews": (_words, "a list of words, such as [child, family]"),
}
