"""Framework files: found by name, merged with what they extend, checked against the schema.

Every problem is a `BadFile` that says file, line, column, key and what was expected.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from qabot.errors import BadFile, Problem
from qabot.framework.base import keys_of
from qabot.framework.duties import BY_ANSWER
from qabot.framework.long_forms import attach
from qabot.framework.mending import mend
from qabot.framework.plain import renamed, sentence
from qabot.framework.schema import Framework
from qabot.framework.source import KeyPath, Tree, merge, read_with_doubles

SUFFIX = ".yaml"


def names(folders: Sequence[Path]) -> list[str]:
    """The names of every framework in these folders, sorted."""
    return sorted({each.stem for folder in folders for each in folder.glob(f"*{SUFFIX}")})


def load(path_or_name: Path | str, folders: Sequence[Path], *, to_lint: bool = False) -> Framework:
    """A framework by its file, or by its name in the folders, of which a later one goes first.

    Raises `BadFile`. With `to_lint` what the schema refuses, and a key that stands there twice, is left to `lint`,
    which tells it with all else: such a framework is for `lint` alone, which never finds it without a problem.
    """
    path = find(path_or_name, folders)
    tree = attach(_tree(path, folders, ()), [*folders, path.parent])
    places = dict(tree.places())
    try:
        framework = Framework.model_validate(tree.plain())
    except ValidationError as error:
        refused = (*_problems(error, tree), *tree.twice)
        mended = mend(tree.plain(), error) if to_lint else None
        if mended is None:
            raise BadFile(_sorted([*refused])) from None
        return mended[0].at(places, refused, mended[1])
    if tree.twice and not to_lint:
        raise BadFile(_sorted([*tree.twice]))
    return framework.at(places, tree.twice)


def files_of(path_or_name: Path | str, folders: Sequence[Path]) -> list[Path]:
    """Every file that a framework is made of: its own, those that it extends, and its forms. Raises `BadFile`."""
    path = find(path_or_name, folders)
    tree = attach(_tree(path, folders, ()), [*folders, path.parent])
    return list(dict.fromkeys([path, *sorted({Path(place.file) for _, place in tree.places()})]))


def find(path_or_name: Path | str, folders: Sequence[Path], seen: Sequence[Path] = ()) -> Path:
    """The file of a framework. Raises `BadFile`, with the names there are."""
    if isinstance(path_or_name, Path) or is_path(path_or_name):
        return Path(path_or_name)
    files = [folder / f"{path_or_name}{SUFFIX}" for folder in reversed(folders)]
    paths = [each for each in files if _is_file(each) and each.resolve() not in seen]
    if paths:
        return paths[0]
    known = names(folders)
    guess = did_you_mean(path_or_name, known) or (f"; known: {', '.join(known)}" if known else "")
    raise BadFile([Problem(path_or_name, 0, 0, "", f"there is no framework of this name{guess}")])


def _is_file(path: Path) -> bool:
    """Whether there is such a file; a name that no system allows is none."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def is_path(name: str) -> bool:
    """Whether this is the path of a file, and not the name of a framework."""
    return name.endswith((SUFFIX, ".yml")) or "/" in name


def did_you_mean(word: str, known: Sequence[str], titles: Mapping[str, str] | None = None) -> str:
    """A guess at what was meant, as the end of a sentence; empty if nothing is near.

    Also where it is written in capitals, with spaces or underscores, or as people read it: `titles` gives the name.
    """
    written = {
        **{_plain(title): name for title, name in (titles or {}).items()},
        **{_plain(each): each for each in known},
    }
    near = [written[_plain(word)]] if _plain(word) in written else get_close_matches(word, known, 1)
    near = near or [written[each] for each in get_close_matches(_plain(word), list(written), 1)]
    return f"; did you mean {near[0]!r}?" if near else ""


def _plain(word: str) -> str:
    return word.strip().lower().replace("_", "-").replace(" ", "-")


def _tree(path: Path, folders: Sequence[Path], above: tuple["_Link", ...]) -> Tree:
    """The file's tree, laid over that of the file which it extends, and so on. `above` are the files that led here."""
    own = read_with_doubles(path)
    extends = own.value.get("extends")
    if extends is None or extends.value is None:
        return own
    chain = (*above, _Link(above[-1].extends if above else path.stem, path.resolve(), str(extends.value)))
    try:
        base = _base(extends.value, path, folders, chain)
    except BadFile as error:
        raise BadFile([extends.place.problem(("extends",), each.what) for each in error.problems]) from None
    return merge(_tree(base, folders, chain), own)


@dataclass(frozen=True, slots=True)
class _Link:
    """A file of a chain: what it is called there, where it is, and what it says it extends."""

    name: str
    path: Path
    extends: str


def _base(name: object, path: Path, folders: Sequence[Path], chain: Sequence["_Link"]) -> Path:
    """The file that the last of the chain, which lies at `path`, extends. Raises `BadFile`.

    A name never means a file of the chain itself, so that a council's own newham.yaml may extend the newham.yaml that
    ships. A path counts from the folder of the file that says it.
    """
    seen = [each.path for each in chain]
    if not isinstance(name, str) or not name:
        raise _bad("expected the name of a framework, such as newham, or the path of its file, such as ./region.yaml")
    if is_path(name):
        base = path.parent / name
        if not _is_file(base):
            raise _bad(f"there is no file {str(base)!r}; a path counts from the folder of the file that names it")
        if base.resolve() in seen:
            raise _circle(chain)
        return base
    try:
        return find(name, folders, seen)
    except BadFile as error:
        if name in [each.stem for each in seen]:
            raise _circle(chain) from None
        beside = path.parent / f"{name}{SUFFIX}"
        hint = f"; for the one beside this file, write ./{beside.name}" if _is_file(beside) else ""
        raise _bad(f"{name!r}: {error.problems[0].what}{hint}") from None


def _bad(what: str) -> BadFile:
    return BadFile([Problem("", 0, 0, "", what)])


def _circle(chain: Sequence["_Link"]) -> BadFile:
    names = [*(each.name for each in chain), chain[-1].extends]
    return _bad(f"this goes round in a circle: {' extends '.join(names)}")


def _problems(error: ValidationError, tree: Tree) -> list[Problem]:
    problems, places = [], dict(tree.places())
    errors = [(keys_of(each["loc"]), each) for each in error.errors(include_url=False)]
    under_old_name = {(*path[:-1], now) for path, _ in errors if path and (now := renamed(path))}
    for path, each in errors:
        if (each["type"] == "missing" and path in under_old_name) or _has_faulty_members(each):
            continue
        shown = nearest = _as_written(tree, path)
        while nearest not in places:
            nearest = nearest[:-1]
        problems.append(places[nearest].problem(shown, sentence(each, path)))
    return problems


def _as_written(tree: Tree, path: KeyPath) -> KeyPath:
    """A path with the file's keys alone: one thing that stands for a list has no number, and a map no inner name."""
    keys: list[str | int] = []
    here: Any = tree.value
    for part in path:
        if (isinstance(part, int) and not isinstance(here, list)) or (part == BY_ANSWER and BY_ANSWER not in here):
            continue
        keys.append(part)
        known = part in here if isinstance(here, dict) else isinstance(here, list) and part in range(len(here))
        here = here[part].value if known else {}
    return tuple(keys)


def _has_faulty_members(error: ErrorDetails) -> bool:
    """Whether a list is too short only because what stands in it is wrong, which is said of each."""
    return error["type"] == "too_short" and bool(error["input"])


def _sorted(problems: list[Problem]) -> list[Problem]:
    return sorted(problems, key=lambda problem: (problem.file, problem.line, problem.column))
