"""Framework files: found by name, merged with what they extend, checked against the schema.

Every problem is a `BadFile` that says file, line, column, key and what was expected.
"""

from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

from pydantic import ValidationError

from qabot.errors import BadFile, Problem
from qabot.framework.plain import sentence
from qabot.framework.schema import Framework
from qabot.framework.source import KeyPath, Place, Tree, merge, read

SUFFIX = ".yaml"


def names(folders: Sequence[Path]) -> list[str]:
    """The names of every framework in these folders, sorted."""
    return sorted({each.stem for folder in folders for each in folder.glob(f"*{SUFFIX}")})


def load(path_or_name: Path | str, folders: Sequence[Path]) -> Framework:
    """A framework by its file, or by its name in the folders, of which a later one goes first.

    Raises `BadFile`.
    """
    tree = _tree(find(path_or_name, folders), folders, ())
    places = dict(tree.places())
    try:
        framework = Framework.model_validate(tree.plain())
    except ValidationError as error:
        raise BadFile(_problems(error, places)) from None
    return framework.at(places)


def find(path_or_name: Path | str, folders: Sequence[Path], seen: Sequence[Path] = ()) -> Path:
    """The file of a framework. Raises `BadFile`, with the names there are."""
    if isinstance(path_or_name, Path) or path_or_name.endswith((".yaml", ".yml")) or "/" in path_or_name:
        return Path(path_or_name)
    files = [folder / f"{path_or_name}{SUFFIX}" for folder in reversed(folders)]
    found = [each for each in files if each.is_file() and each.resolve() not in seen]
    if found:
        return found[0]
    known = names(folders)
    guess = did_you_mean(path_or_name, known) or (f"; known: {', '.join(known)}" if known else "")
    raise BadFile([Problem(path_or_name, 0, 0, "", f"there is no framework of this name{guess}")])


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """A guess at what was meant, as the end of a sentence; empty if nothing is near."""
    near = get_close_matches(word, known, 1)
    return f"; did you mean {near[0]!r}?" if near else ""


def _tree(path: Path, folders: Sequence[Path], seen: tuple[Path, ...]) -> Tree:
    """The file's tree, laid over that of the file which it extends, and so on."""
    own = read(path)
    extends = own.value.get("extends")
    if extends is None or extends.value is None:
        return own
    seen = (*seen, path.resolve())
    place, name = extends.place, extends.value
    if not isinstance(name, str) or not name:
        raise BadFile([place.problem(("extends",), "expected the name of a framework, such as newham")])
    if any(each.stem == name for each in seen) and not _another(name, folders, seen):
        chain = " extends ".join([*(each.stem for each in seen), name])
        raise BadFile([place.problem(("extends",), f"this goes round in a circle: {chain}")])
    try:
        base = find(name, folders, seen)
    except BadFile as error:
        raise BadFile([place.problem(("extends",), f"{name!r}: {error.problems[0].what}")]) from None
    return merge(_tree(base, folders, seen), own)


def _another(name: str, folders: Sequence[Path], seen: Sequence[Path]) -> bool:
    """Whether another file of this name is there: a council's own newham.yaml may extend the newham.yaml that ships."""
    files = [folder / f"{name}{SUFFIX}" for folder in folders]
    return any(each.is_file() and each.resolve() not in seen for each in files)


def _problems(error: ValidationError, places: dict[KeyPath, Place]) -> list[Problem]:
    found = []
    for each in error.errors(include_url=False):
        path = tuple(part for part in each["loc"] if part != "[key]")
        nearest = path
        while nearest not in places:
            nearest = nearest[:-1]
        found.append(places[nearest].problem(path, sentence(each, path)))
    return sorted(found, key=lambda problem: (problem.file, problem.line, problem.column))
