"""What `qabot setup` asks, one after another, and how each answer is checked as soon as it is given."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import ValidationError
from sqlalchemy.engine import make_url

from qabot import files
from qabot.adapter import ChatQuestion, ChatSetup
from qabot.cli.checks import INVENTED
from qabot.cli.databases import is_new, refuse_shares
from qabot.errors import QabotError
from qabot.framework import load, names
from qabot.settings import Settings, is_here

LONGEST = 200
NO_CHAT = "none"


@dataclass(frozen=True, slots=True)
class Question:
    """One question: its key in a file of answers, its words, the usual answer, and what is wrong with one."""

    key: str
    words: str
    usual: str
    check: Callable[[str], str]
    secret: bool = False
    optional: bool = False


def questions(data: Path, chats: Mapping[str, ChatSetup | None]) -> list[Question]:
    """The service's own. `data` is where a database would be, `chats` are those that are installed."""
    shipped = [files.folder("frameworks")]
    known = ", ".join(names(shipped))
    return [
        Question("council", "The council's name, as people read it", "", council_name),
        Question(
            "duty-line",
            "Whom to phone, and on which number, when a child may be at risk now (such as: the duty team on ...)",
            "",
            duty_line,
        ),
        Question("framework", f"The rules: {known}, or a file's path", "newham", lambda given: rules(given, shipped)),
        Question("database", "The database: sqlite:///FILE or postgresql://...", f"sqlite:///{data}", database),
        Question("address", "Where people reach qabot, such as https://qabot.council.example", "", address),
        Question(
            "administrator", "Who looks after qabot, such as: Ana Costa <ana.costa@council.example>", "", administrator
        ),
        Question(
            "chat",
            f"The chats, the first one tried first: {', '.join(sorted(chats))}, or {NO_CHAT}",
            NO_CHAT,
            lambda given: chat(given, chats),
        ),
    ]


def of_chats(given: str, chats: Mapping[str, ChatSetup | None]) -> list[tuple[ChatSetup, Sequence[ChatQuestion]]]:
    """What is asked for the chats that were chosen."""
    return [(platform, platform.questions) for each in chosen(given) if (platform := chats.get(each)) is not None]


def chosen(given: str) -> list[str]:
    """The names of the chats in an answer."""
    return [each for each in given.lower().replace(",", " ").split() if each != NO_CHAT]


def council_name(given: str) -> str:
    """A name that is not the demonstration's."""
    return _sentence(given) or _invented(given)


def duty_line(given: str) -> str:
    """Words with a number in them that is not the demonstration's."""
    if sum(each.isdecimal() for each in given) < 3:
        return "expected a telephone number in it: every alert that waits says whom to phone"
    return _sentence(given) or _invented(given)


def rules(given: str, folders: Sequence[Path]) -> str:
    """A framework that can be extended."""
    try:
        load(str(Path(given).absolute()) if "/" in given else given, folders)
    except QabotError as wrong:
        return str(wrong)
    return ""


def database(given: str) -> str:
    """A database that can be reached, or made."""
    try:
        settings = Settings(database_url=given)
        refuse_shares(settings)
        path = make_url(given).database or ""
        # A folder that is not there is made with the rest.
        if not given.startswith("sqlite:") or Path(path).parent.is_dir():
            is_new(settings)
    except ValidationError as wrong:
        return _said(wrong)
    except QabotError as wrong:
        return str(wrong)
    return ""


def address(given: str) -> str:
    """Where people reach qabot: https, or this machine alone."""
    try:
        Settings(base_url=given, allow_http=True)
    except ValidationError as wrong:
        return _said(wrong)
    parts = urlsplit(given)
    if parts.scheme == "http" and not is_here(parts.hostname or ""):
        return "expected https: with http, whoever is on the way can read everything"
    return ""


def administrator(given: str) -> str:
    """A name and an e-mail address."""
    name, mail = parseaddr(given)
    if not name or mail.count("@") != 1 or " " in mail:
        return "expected a name and an e-mail address, such as Ana Costa <ana.costa@council.example>"
    return ""


def chat(given: str, chats: Mapping[str, ChatSetup | None]) -> str:
    """Chats that are installed."""
    unknown = [each for each in chosen(given) if each not in chats]
    if unknown:
        there = ", ".join(sorted(chats)) or "none"
        return f"{unknown[0]!r} is not installed (installed: {there}); install it from the files of your release first"
    return ""


def _sentence(given: str) -> str:
    if not given.isprintable() or len(given) > LONGEST:
        return f"expected one line of at most {LONGEST} letters"
    return ""


def _invented(given: str) -> str:
    if any(each in given.casefold() for each in INVENTED):
        return "this is the demonstration's; expected the council's own"
    return ""


def _said(wrong: ValidationError) -> str:
    return wrong.errors()[0]["msg"].removeprefix("Value error, ")
