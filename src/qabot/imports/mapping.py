"""What a file of somebody else's says in qabot's columns: `--profile` brings such a map, `--map` names one's own.

Both are YAML of the same form (docs/imports.md has every key). The council keeps its own beside its files:

    columns: {Name: name, Work E-mail: email}      # their heading -> ours
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from qabot.errors import BadFile, Problem, SetupError
from qabot.imports.tables import Upload
from qabot.whole_files import text_of

PROFILES = Path(__file__).with_name("profiles")
_SURNAME_FIRST = re.compile(r"([^,]+), *([^,]+)")
_NAMES = ("name", "line_manager", "deputy", "away_deputy", "practitioner", "auditor", "involved", "person")


class Map(BaseModel):
    """One kept map. Headings of theirs are compared without regard to capitals, spaces, hyphens and underscores."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str = Field(default="", description="What the file is, for people")
    known_by: list[str] = Field(default=[], alias="known-by", description="Headings by which such a file is known")
    columns: dict[str, str] = Field(description="Their heading -> ours; of several for one, the first that is filled")
    values: dict[str, dict[str, str]] = Field(
        default={}, description="Our heading -> their word -> ours, in any case; `*` fits anything"
    )
    always: dict[str, str] = Field(default={}, description="Our heading -> what stands in every row")
    leave_out: list[dict[str, str]] = Field(
        default=[],
        alias="leave-out",
        description="Rows to leave out: their heading -> what it holds; `*` fits anything",
    )
    fill_down: list[str] = Field(
        default=[], alias="fill-down", description="Their headings whose merged cells count for the rows below"
    )
    surname_first: bool = Field(default=False, alias="surname-first", description='Names stand as "Costa, Ana"')
    empty: list[str] = Field(default=[], description='Words that mean nothing is known, such as "n/a"')
    ended: str = Field(default="", description="Their heading that is filled once somebody's work on a case has ended")

    _shipped: bool = PrivateAttr(default=False)
    """Ours, for exports that have sometimes more and sometimes fewer columns."""


@lru_cache(maxsize=2**15)
def plain(heading: str) -> str:
    """A heading as it is compared: "E-Mail Address [Required]" is e_mail_address."""
    without = re.sub(r"\[[^\]]*\]\s*$", "", heading.strip().strip('"').strip())
    return re.sub(r"[\s_-]+", "_", without.strip().casefold())


def profile(name: str) -> Map:
    """A map that came with qabot. Raises `SetupError` if there is none of this name."""
    path = PROFILES / f"{name}.yaml"
    names = sorted(each.stem for each in PROFILES.glob("*.yaml"))
    if name not in names:
        raise SetupError(f"There is no profile {name!r}. There are: {', '.join(names)}. For other files use --map.")
    mapping = read_map(path)
    mapping._shipped = True
    return mapping


def headings_of_profiles() -> dict[str, set[str]]:
    """Of each profile the headings by which an export is known, as they are compared."""
    profiles = {each.stem: read_map(each) for each in sorted(PROFILES.glob("*.yaml"))}
    return {name: {plain(each) for each in mapping.known_by or mapping.columns} for name, mapping in profiles.items()}


def read_map(path: Path | Upload) -> Map:
    """A map of one's own. Raises `BadFile` with everything that is wrong with it."""
    try:
        text = path.read_text("utf-8-sig") if isinstance(path, Upload) else text_of(path, "utf-8-sig")
        # Every value as it is written: their "False" and "01" are words.
        given = YAML(typ="base", pure=True).load(text)
    except OSError as wrong:
        raise BadFile([Problem(str(path), 0, 0, "", f"it cannot be read: {wrong.strerror}")]) from None
    except UnicodeDecodeError:
        raise BadFile([Problem(str(path), 0, 0, "", "this is not a text file: expected YAML")]) from None
    except YAMLError as wrong:
        line = getattr(getattr(wrong, "problem_mark", None), "line", -1) + 1
        raise BadFile(
            [Problem(str(path), line, 1, "", f"this is not YAML: {getattr(wrong, 'problem', wrong)}")]
        ) from None
    try:
        return Map.model_validate(given)
    except ValidationError as wrong:
        problems = [
            Problem(str(path), 0, 0, ".".join(map(str, each["loc"])), _said(each["msg"])) for each in wrong.errors()
        ]
        raise BadFile(problems) from None


def _said(message: str) -> str:
    return {
        "Extra inputs are not permitted": "there is no such key in a map",
        "Field required": "this key is missing",
    }.get(message, message)


@dataclass(frozen=True, slots=True)
class Mapped:
    """One row in our columns: their values, and where each stood (from 1)."""

    cells: Mapping[str, str]
    places: Mapping[str, int]


class Mapper:
    """Applies a map to the rows of one file, from the top to the bottom."""

    def __init__(self, chosen: Map, headings: Sequence[str], canonical: Callable[[str], str] = plain) -> None:
        self.map = chosen
        self._name = canonical
        self._at = {plain(heading): number for number, heading in reversed(list(enumerate(headings)))}
        self._headings = headings
        self._above: dict[str, str] = {}
        self._empty = {word.casefold() for word in chosen.empty}
        self._values = {
            canonical(ours): {word.casefold(): said for word, said in words.items()}
            for ours, words in chosen.values.items()
        }
        self.out: Counter[str] = Counter()

    def problems(self, known: Sequence[str]) -> list[str]:
        """What does not fit: columns of ours that do not exist, headings of theirs that this file does not have."""
        given = dict.fromkeys(
            [*map(self._name, self.map.columns.values()), *self._values, *map(self._name, self.map.always)]
        )
        expected = ", ".join(known)
        wrong = [f"the map has '{each}', no column here: expected {expected}" for each in given if each not in known]
        for ours in dict.fromkeys(self.map.columns.values()):
            if not self._sources(ours) and not self.map._shipped:
                named = " or ".join(f"'{each}'" for each, to in self.map.columns.items() if to == ours)
                wrong.append(f"the map expects {named} for {ours}, and there is no such heading")
        others = [*self.map.fill_down, self.map.ended, *(key for each in self.map.leave_out for key in each)]
        missing = [each for each in dict.fromkeys(others) if each and plain(each) not in self._at]
        if not self.map._shipped:
            wrong += [f"the map names '{each}', and there is no such heading" for each in missing]
        return wrong

    def _sources(self, ours: str) -> list[int]:
        return [
            self._at[plain(each)] for each, to in self.map.columns.items() if to == ours and plain(each) in self._at
        ]

    @property
    def columns(self) -> frozenset[str]:
        """Those of ours that the file has by the map."""
        here = [self._name(ours) for ours in self.map.columns.values() if self._sources(ours)]
        return frozenset([*here, *map(self._name, self.map.always), *(["involved"] if self.map.ended else [])])

    @property
    def left(self) -> list[str]:
        """Headings that the map does not take, as they are written."""
        used = {plain(each) for each in self.map.columns}
        return [each for each in self._headings if each and plain(each) not in used]

    def row(self, cells: Sequence[str]) -> Mapped | None:
        """A row in our columns; None if the map leaves it out, which `out` counts."""
        theirs = {name: cells[at] if at < len(cells) else "" for name, at in self._at.items()}
        for heading in map(plain, self.map.fill_down):
            self._above[heading] = theirs[heading] = theirs.get(heading, "") or self._above.get(heading, "")
        for condition in self.map.leave_out:
            if all(plain(key) in self._at for key in condition) and all(
                _fits(theirs.get(plain(key), ""), value) for key, value in condition.items()
            ):
                self.out[" and ".join(f"{key} {value or 'empty'}" for key, value in condition.items())] += 1
                return None
        return self._ours(theirs)

    def _ours(self, theirs: Mapping[str, str]) -> Mapped:
        given: dict[str, str] = {}
        places: dict[str, int] = {}
        for heading, to in self.map.columns.items():
            ours, said = self._name(to), theirs.get(plain(heading), "")
            said = "" if said.casefold() in self._empty else said
            if plain(heading) in self._at:
                places.setdefault(ours, self._at[plain(heading)] + 1)
            before = given.get(ours, "")
            # A name may stand in two columns; of anything else the first that says something counts.
            given[ours] = f"{before} {said}".strip() if ours == "name" else before or said
        for ours, words in self._values.items():
            if ours in given:
                given[ours] = _said_by_us(given[ours], words)
        if self.map.surname_first:
            given |= {ours: _turned(said) for ours, said in given.items() if ours in _NAMES}
        given |= {self._name(ours): said for ours, said in self.map.always.items()}
        if self.map.ended and theirs.get(plain(self.map.ended), "") and given.get("practitioner"):
            given["involved"], given["practitioner"] = given["practitioner"], ""
        return Mapped(given, places)


def _fits(said: str, value: str) -> bool:
    return fnmatchcase(said.casefold(), value.casefold()) if value else not said


def _said_by_us(said: str, words: Mapping[str, str]) -> str:
    """Our word for theirs: the very same one first, then the first that fits."""
    word = words.get(said.casefold())
    patterns = (ours for pattern, ours in words.items() if fnmatchcase(said.casefold(), pattern))
    return word if word is not None else next(patterns, said) if said else ""


def _turned(name: str) -> str:
    """ "Costa, Ana" as people say it."""
    parts = _SURNAME_FIRST.fullmatch(name)
    return f"{parts[2].strip()} {parts[1].strip()}" if parts else name
