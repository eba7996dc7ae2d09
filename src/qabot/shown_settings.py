"""The settings as they are and where each comes from. What is secret is never shown, only whether it is there."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import make_url

from qabot.settings import PREFIX, SECRETS, Settings
from qabot.settings_file import NAME, came_from_file

HIDDEN = "Set, and not shown"
NOT_SET = "Not set"


@dataclass(frozen=True, slots=True)
class ShownSetting:
    """One setting: its variable, what it is, its value as people read it, and where that comes from."""

    name: str
    what: str
    value: str
    source: str


def shown(settings: Settings, environ: Mapping[str, str]) -> list[ShownSetting]:
    """The service's own, in their order, and then whatever else of the environment is qabot's, by name alone."""
    filed = came_from_file(environ)
    own = [
        ShownSetting(
            f"{PREFIX}{key.upper()}",
            field.description or "",
            _value(settings, key),
            _source(settings, key, environ, filed),
        )
        for key, field in Settings.model_fields.items()
        if not field.exclude
    ]
    known = {each.name for each in own} | {f"{each.name}_FILE" for each in own} | {NAME}
    others = sorted(each for each in environ if each.startswith(PREFIX) and each not in known)
    return [*own, *(_other(each, environ) for each in others)]


def _other(name: str, environ: Mapping[str, str]) -> ShownSetting:
    """A setting of a chat, which may be a secret."""
    value = HIDDEN if environ[name] else NOT_SET
    source = f"File {environ[name]}" if name.endswith("_FILE") and environ[name] else "Environment"
    return ShownSetting(name, "A setting of a chat", value, source)


def _value(settings: Settings, key: str) -> str:
    value = getattr(settings, key)
    if key == "database_url":
        return _place(str(value))
    if key in SECRETS or key == "heartbeat_url":
        return HIDDEN if value else NOT_SET
    match value:
        case None | "" | ():
            return NOT_SET
        case bool():
            return "Yes" if value else "No"
        case tuple():
            return ", ".join(map(str, value))
        case dict():
            return ", ".join(f"{name}={each}" for name, each in value.items())
    return str(value)


def _place(database_url: str) -> str:
    """Which database, without its password and whatever else stands behind a question mark."""
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite":
        return f"SQLite: {Path(url.database).absolute()}" if url.database else "SQLite, in memory"
    return f"PostgreSQL: {url.database or 'the usual database'} at {url.host or 'this machine'}"


def _source(settings: Settings, key: str, environ: Mapping[str, str], filed: Collection[str]) -> str:
    name = f"{PREFIX}{key.upper()}"
    if key in SECRETS and environ.get(f"{name}_FILE"):
        return f"File {environ[f'{name}_FILE']}"
    if name in filed:
        return f"File {environ[NAME]}"
    given = {each.upper() for each in environ}
    if name in given:
        return "Environment"
    return "The command" if key in settings.model_fields_set else "Default"
