"""The councils of one host: a folder of settings files, one a council, and a command run for each with its settings.

A settings file is what systemd reads as an `EnvironmentFile`. What systemd and this program could read differently
(quotes, backslashes, a comment behind a value) is refused, so that a service and its commands always have the same
settings. A command runs in a process of its own: no council's settings are ever in the environment of another's.
"""

import os
import re
import sys
import tempfile
import traceback
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from qabot.adapter_kit.secret_files import plain
from qabot.errors import SetupError
from qabot.settings import PREFIX

ENDING = ".env"
WAIT = "Wait until it has ended, and give this again."
"""What whoever gives a command twice at once should do."""
NAME = re.compile(r"[a-z][a-z0-9-]{0,40}")
"""A council's name: what systemd, PostgreSQL and a file's name take alike."""
ALONE = ("DATABASE_URL", "DATABASE_URL_FILE", "PORT", "SECRET_KEY", "SECRET_KEY_FILE")
"""Settings that no two councils may share."""
_LINE = re.compile(r"([A-Z][A-Z0-9_]*)=(.*)")
_UNCLEAR = re.compile(r"""^["']|\\|\s[#;]|^\s|\s$""")


@dataclass(frozen=True, slots=True)
class Council:
    """One of them. `problem` says why its file cannot be used; "" if it can."""

    name: str
    file: Path
    values: Mapping[str, str]
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command came to: its exit code, and what it printed."""

    code: int
    out: str
    err: str


def councils(folder: Path) -> list[Council]:
    """Every settings file of a folder, by name. Raises `SetupError` where there is none at all."""
    files = sorted(folder.glob(f"*{ENDING}")) if folder.is_dir() else []
    if not files:
        raise SetupError(f"{folder}: there is no settings file NAME{ENDING} here. `qabot host add` makes one.")
    hosted = [_read(each) for each in files]
    shared = dict(_shared(hosted))
    return [Council(each.name, each.file, each.values, each.problem or shared.get(each.name, "")) for each in hosted]


def _read(file: Path) -> Council:
    name = file.name.removesuffix(ENDING)
    if not NAME.fullmatch(name):
        return Council(name, file, {}, f"{file}: the name of a council has small letters, digits and hyphens.")
    try:
        values = values_of(plain(file).read_text("utf-8"), str(file))
        database = f"{PREFIX}DATABASE_URL"
        if not values.get(database) and not values.get(f"{database}_FILE"):
            # The usual place is a file in whatever folder the command is given in: another database each time.
            return Council(name, file, values, f"{file}: {database} is not set, so this council has no database.")
        return Council(name, file, values)
    except (OSError, UnicodeDecodeError) as error:
        return Council(name, file, {}, f"{file}: this cannot be read: {getattr(error, 'strerror', 'it is no text')}.")
    except SetupError as wrong:
        return Council(name, file, {}, str(wrong))


def values_of(text: str, place: str) -> dict[str, str]:
    """The settings of a file. Raises `SetupError`, which repeats no value, for what systemd might read otherwise."""
    values: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip()[0] in "#;":
            continue
        match = _LINE.fullmatch(line)
        if match is None:
            raise SetupError(f"{place}, line {number}: expected NAME=value.")
        if _UNCLEAR.search(match[2]):
            raise SetupError(
                f"{place}, line {number}: {match[1]} has a quote, a backslash, a comment or a space at an end. Write "
                "the value alone; a comment goes on a line of its own."
            )
        values[match[1]] = match[2]
    return values


def _shared(hosted: Sequence[Council]) -> Iterator[tuple[str, str]]:
    """Councils that have what must be theirs alone: by name, what it is and who else has it."""
    for setting in ALONE:
        having: dict[str, list[str]] = defaultdict(list)
        for each in hosted:
            if value := each.values.get(f"{PREFIX}{setting}"):
                having[value].append(each.name)
        for names in having.values():
            for name in names[1:]:
                yield name, f"{PREFIX}{setting} is also that of {names[0]}: each council needs its own."


def run(council: Council, words: Sequence[str]) -> Ran:
    """`qabot words` with the settings of a council, in a process that begins as a copy of this one."""
    if council.problem:
        return Ran(2, "", council.problem)
    if not hasattr(os, "fork"):
        raise SetupError("`qabot host` needs a Unix system.")
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        sys.stdout.flush()
        child = os.fork()
        if child == 0:
            _be(council, words, out.fileno(), err.fileno())
        _, status = os.waitpid(child, 0)
        printed = [_whole(each.fileno()) for each in (out, err)]
    return Ran(os.waitstatus_to_exitcode(status), *printed)


def _be(council: Council, words: Sequence[str], out: int, err: int) -> None:
    """The child: it ends here, whatever happens, and runs nothing of what the parent would do at its end."""
    code = 1
    try:
        os.dup2(out, 1)
        os.dup2(err, 2)
        sys.stdout, sys.stderr = open(1, "w", closefd=False), open(2, "w", closefd=False)  # noqa: SIM115 - until its end
        for name in [each for each in os.environ if each.startswith(PREFIX)]:
            del os.environ[name]
        os.environ |= council.values
        sys.argv = ["qabot", *words]
        from qabot.cli import main

        main()
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(code)


def _whole(file: int) -> str:
    os.lseek(file, 0, os.SEEK_SET)
    with open(file, encoding="utf-8", errors="replace", closefd=False) as text:
        return text.read().strip()


@contextmanager
def alone(folder: Path, busy: str) -> Iterator[None]:
    """Be the only one at work on a folder. Raises `SetupError`, as `busy` says it, while another one is."""
    import fcntl

    held = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SetupError(busy) from None
        yield
    finally:
        os.close(held)
