"""What `qabot setup` writes, whole or not at all: the settings, the secrets, the council's framework, the first person.

All of it is made in a folder beside, and brought into its place once nothing can go wrong any more, the file of
settings last. What goes wrong or is interrupted before takes everything away again.
"""

import csv
import os
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import parseaddr
from io import StringIO
from itertools import count
from pathlib import Path

from ruamel.yaml import YAML
from sqlalchemy.engine import make_url

from qabot.adapter import ChatSetup
from qabot.cli.databases import open_quietly
from qabot.cli.setting_up.questions import chosen, of_chats
from qabot.errors import SetupError
from qabot.framework.loader import is_path
from qabot.imports import kinds
from qabot.imports.tables import Upload
from qabot.models import alone
from qabot.settings import new_secret, read_settings
from qabot.wiring import build
from qabot.workflows.registrations import new_registry

SETTINGS, SECRETS, FRAMEWORKS, OURS = "qabot.env", "secrets", "frameworks", "ours"
KEY = "secret-key"
Steps = list[Callable[[], object]]
"""What takes back what was done, in the order in which it was done."""
RULES_HEAD = """\
# What is the council's own, laid over another file's rules. docs/frameworks.md says what can stand here.
"""
HEAD = """\
# The settings of qabot, made by `qabot setup`. What each means, and what else there is, stands in docs/settings.md.
# QABOT_SETTINGS_FILE names this file to every command. It holds no secret: it names files that hold them.
"""


@dataclass
class Planned:
    """Everything that is to be written into `folder`: texts by their path below it, and the settings in their order."""

    folder: Path
    answers: Mapping[str, str]
    chats: Mapping[str, ChatSetup | None]
    texts: dict[str, str] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)

    def secret(self, setting: str, name: str, value: str) -> None:
        """A secret in a file of its own, named by its setting."""
        self.texts[f"{SECRETS}/{name}"] = f"{value}\n"
        self.settings[f"{setting}_FILE"] = str(self.folder / SECRETS / name)

    def of_chats(self) -> list[ChatSetup]:
        """The chats that were chosen, as far as they say what to do."""
        return [each for each, _ in of_chats(self.answers["chat"], self.chats)]

    @property
    def tops(self) -> list[str]:
        """What would stand in the folder itself, the file of settings last."""
        texts = {each.partition("/")[0] for each in self.texts} - {SETTINGS}
        return [*sorted({*texts, *(each.packed_as for each in self.packing())}), SETTINGS]

    def packing(self) -> list[ChatSetup]:
        """The chats that need a package, which takes an https address."""
        public = self.answers["address"].startswith("https:")
        return [each for each in self.of_chats() if each.pack is not None and public]


def plan(folder: Path, answers: Mapping[str, str], chats: Mapping[str, ChatSetup | None]) -> Planned:
    """What is to be written, from answers that have been checked."""
    planned = Planned(folder, answers, chats)
    url = answers["database"]
    if make_url(url).password:
        planned.secret("QABOT_DATABASE_URL", "database-url", url)
    else:
        planned.settings["QABOT_DATABASE_URL"] = url
    planned.settings["QABOT_FRAMEWORK"] = OURS
    planned.settings["QABOT_FRAMEWORKS_FOLDER"] = str(folder / FRAMEWORKS)
    planned.settings["QABOT_BASE_URL"] = answers["address"].rstrip("/")
    planned.secret("QABOT_SECRET_KEY", KEY, _key(folder))
    _plan_chats(planned)
    planned.texts[f"{FRAMEWORKS}/{OURS}.yaml"] = _framework(answers)
    planned.texts[SETTINGS] = HEAD + "".join(f"{name}={value}\n" for name, value in planned.settings.items())
    return planned


def _plan_chats(planned: Planned) -> None:
    if names := chosen(planned.answers["chat"]):
        planned.settings["QABOT_ADAPTERS"] = ",".join(names)
    for chat, questions in of_chats(planned.answers["chat"], planned.chats):
        for each in questions:
            if not (answer := planned.answers.get(each.key)):
                continue
            if each.secret:
                planned.secret(each.setting, each.key, answer)
            else:
                planned.settings[each.setting] = answer
        planned.settings |= {name: value.format(**words(planned)) for name, value in chat.also.items()}
        if chat.shows is not None:
            planned.texts[chat.shows_as] = chat.shows()


def words(planned: Planned) -> dict[str, str]:
    """What the sentences of a chat may name."""
    mail = parseaddr(planned.answers["administrator"])[1]
    return {"administrator": mail, "address": planned.settings["QABOT_BASE_URL"], "folder": str(planned.folder)}


def _key(folder: Path) -> str:
    """The key that is there already: with a new one, what open surveys have gathered would be lost."""
    try:
        return (folder / SECRETS / KEY).read_text("utf-8").strip() or new_secret()
    except OSError:
        return new_secret()


def write(planned: Planned, *, replace: bool) -> None:
    """Write all of it. Raises `SetupError`, and then nothing was written."""
    folder = planned.folder
    old = [each for each in planned.tops if (folder / each).exists()]
    if old and not replace:
        raise SetupError(
            f"{folder} has these already: {', '.join(old)}. Nothing was written. Choose another --folder, or give "
            "--replace: then they are kept beside, in a folder named before-1."
        )
    try:
        with _undone(folder) as steps:
            stage = Path(tempfile.mkdtemp(prefix=".setup-", dir=folder))
            steps.append(lambda: shutil.rmtree(stage, ignore_errors=True))
            _fill(planned, stage)
            _first_person(planned, stage, steps)
            _bring(planned, stage, old, steps)
            stage.rmdir()
    except OSError as error:
        raise SetupError(f"{error.filename or folder}: {error.strerror}. Nothing was written.") from None


@contextmanager
def _undone(folder: Path) -> Iterator[Steps]:
    """The folder, made if it is not there. Whatever ends this early, Ctrl+C too, takes back what was done."""
    steps: Steps = []
    try:
        _make(folder, steps)
        yield steps
    except BaseException:
        for step in reversed(steps):
            step()
        raise


def _make(folder: Path, steps: Steps) -> None:
    for each in reversed([folder, *folder.parents]):
        if not each.exists():
            each.mkdir(0o700)
            steps.append(each.rmdir)


def _fill(planned: Planned, stage: Path) -> None:
    """The files, each for its owner alone from the moment that it is there."""
    for name, text in planned.texts.items():
        path = stage / name
        path.parent.mkdir(0o700, exist_ok=True)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
    for each in planned.packing():
        assert each.pack is not None  # noqa: S101 - that is what was asked
        each.pack(stage / each.packed_as, planned.settings, planned.answers["council"], new_registry().command_words())


def _framework(answers: Mapping[str, str]) -> str:
    """The council's own file, which says what is its own and takes everything else from the one that was chosen."""
    base = answers["framework"]
    own = {
        "framework": OURS,
        "extends": str(Path(base).absolute()) if is_path(base) else base,
        "title": f"{answers['council']}: quality assurance",
        "council": {"name": answers["council"], "duty_line": answers["duty-line"]},
    }
    text, yaml = StringIO(), YAML()
    yaml.width = 4096
    yaml.dump(own, text)
    return f"{RULES_HEAD}{text.getvalue()}"


def _first_person(planned: Planned, stage: Path, steps: Steps) -> None:
    """The database, with whoever looks after qabot in it as an administrator. People who are there already stay."""
    url = make_url(planned.answers["database"])
    path = Path(url.database or "") if url.get_backend_name() == "sqlite" else None
    if path is not None and not path.exists():
        _make(path.parent, steps)
        steps.append(lambda: _remove(path))
    given = {"framework": OURS, "frameworks_folder": stage / FRAMEWORKS, "adapters": ()}
    base = {"database_url": planned.answers["database"], "base_url": planned.settings["QABOT_BASE_URL"]}
    key = planned.texts[f"{SECRETS}/{KEY}"].strip()
    settings = read_settings(**given, **base, secret_key=key)
    store = open_quietly(settings)
    try:
        qabot = build(settings, store=store, adapters=())
        name, mail = parseaddr(planned.answers["administrator"])
        rows = Upload("administrator.csv", _row(name, mail))
        with store.transaction() as session:
            alone.be_alone(session, alone.Work.imports)
            _, change = kinds.people(rows, allow_vacant=True)(qabot.desk.unit(session))
            change(qabot.desk.unit(session))
    finally:
        store.close()


def _remove(database: Path) -> None:
    """A database that was made, with what SQLite keeps beside it."""
    for each in database.parent.glob(f"{database.name}*"):
        each.unlink()


def _row(name: str, mail: str) -> bytes:
    text = StringIO()
    csv.writer(text).writerows([("name", "email", "administrator"), (name, mail, "yes")])
    return text.getvalue().encode()


def _bring(planned: Planned, stage: Path, old: Collection[str], steps: Steps) -> None:
    """Bring what was made into its place, the settings last, and what was there beside it, for the folder's owner."""
    folder = planned.folder
    _give(folder, [stage, *stage.rglob("*")])
    if old:
        beside = next(each for number in count(1) if not (each := folder / f"before-{number}").exists())
        _make(beside, steps)
        for name in old:
            _move(folder / name, beside / name, steps)
    for name in planned.tops:
        _move(stage / name, folder / name, steps)
    url = make_url(planned.answers["database"])
    if url.get_backend_name() == "sqlite" and url.database:
        database = Path(url.database)
        _give(database.parent, list(database.parent.glob(f"{database.name}*")))


def _move(old: Path, new: Path, steps: Steps) -> None:
    old.rename(new)
    steps.append(lambda: new.rename(old))


def _give(folder: Path, made: Collection[Path]) -> None:
    """To the owner of the folder, where root makes them for the user whom the service runs as."""
    if os.name == "posix" and os.geteuid() == 0:
        status = folder.stat()
        for each in made:
            os.chown(each, status.st_uid, status.st_gid)
