"""A file of settings: one NAME=value a line, as `qabot setup` writes them. The environment goes before.

`QABOT_SETTINGS_FILE` names it. It holds no secret: those stand in files of their own, which it names.
"""

import logging
import re
from collections.abc import Mapping, MutableMapping
from io import StringIO
from pathlib import Path

from dotenv.parser import parse_stream

from qabot.adapter_kit.secret_files import plain
from qabot.errors import BadFile, Problem, SetupError

NAME = "QABOT_SETTINGS_FILE"
PROXIES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY")
CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
NETWORK = frozenset({*PROXIES, *CERTIFICATES, "AZURE_FEDERATED_TOKEN_FILE"})
"""What else may stand in it: the variables of docs/settings.md that are not qabot's own."""
_OURS = re.compile(r"QABOT_[A-Z0-9_]+\Z")


def take_settings(environ: MutableMapping[str, str]) -> None:
    """Put what the file says into the environment, where it does not stand there already.

    Raises `SetupError` if the file cannot be read, and `BadFile` with every line that is no setting.
    """
    if path := environ.get(NAME, "").strip():
        for name, value in read_settings_file(Path(path)).items():
            environ.setdefault(name, value)


def read_settings_file(path: Path) -> dict[str, str]:
    """What a file of settings says. Raises as `take_settings`."""
    try:
        text = plain(path).read_text("utf-8-sig")
    except OSError as error:
        raise SetupError(f"{NAME} names {path}, which cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise SetupError(f"{NAME} names {path}, which is no text.") from None
    return _settings(path, text)


def came_from_file(environ: Mapping[str, str]) -> frozenset[str]:
    """The names whose value in the environment is that of the file."""
    path = environ.get(NAME, "").strip()
    try:
        given = read_settings_file(Path(path)) if path else {}
    except (SetupError, BadFile):
        return frozenset()
    return frozenset(name for name, value in given.items() if environ.get(name) == value)


def _settings(path: Path, text: str) -> dict[str, str]:
    logging.getLogger("dotenv").setLevel(logging.ERROR)
    settings: dict[str, str] = {}
    problems = []
    for each in parse_stream(StringIO(text)):
        line = each.original.line + len(each.original.string) - len(each.original.string.lstrip("\n"))
        if each.error or (each.key is not None and each.value is None):
            problems.append(_problem(path, line, "", "expected NAME=value, or a line that begins with #"))
        elif each.key is None:
            continue
        elif not _OURS.match(each.key) and each.key.upper() not in NETWORK:
            problems.append(_problem(path, line, each.key, "this is no setting: docs/settings.md lists them all"))
        elif each.key in settings:
            problems.append(_problem(path, line, each.key, "this stands here twice; keep one of the two"))
        elif each.key == NAME:
            problems.append(_problem(path, line, each.key, "a file of settings cannot name another one"))
        else:
            settings[each.key] = each.value or ""
    if problems:
        raise BadFile(problems)
    return settings


def _problem(path: Path, line: int, where: str, what: str) -> Problem:
    return Problem(str(path), line, 1, where, what)
