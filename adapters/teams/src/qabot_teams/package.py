"""The app package: a zip with the manifest and two icons, for a council's own ids."""

import json
import math
import re
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from qabot.adapter import CommandWord
from qabot.errors import SetupError
from qabot_teams.cards import clip
from qabot_teams.nudging import ACTIVITY, DESCRIPTION, TEXT
from qabot_teams.png import Pixel, write_png
from qabot_teams.words import suggestions

VERSION = "1.30"
SCHEMA = f"https://developer.microsoft.com/json-schemas/teams/v{VERSION}/MicrosoftTeams.schema.json"
ACCENT = (0x1D, 0x4E, 0x6B)
EPOCH = (2026, 1, 1, 0, 0, 0)
"""Written as each file's time, so that the same ids give the same bytes."""


def write_package(
    path: Path,
    *,
    app_id: str,
    public_url: str,
    council: str,
    words: Sequence[CommandWord],
    version: str = "1.0.0",
    tab_id: str = "",
    nudge: bool = False,
) -> Path:
    """Write the zip to `path` and return it. Raises `SetupError` if Teams would refuse an id, address or version."""
    _check(app_id, public_url, version)
    if nudge and tab_id and tab_id.lower() != app_id.lower():
        raise SetupError(
            "QABOT_TEAMS_NUDGE: Graph takes nudges from the registration that the manifest names, and that is the "
            "tab's, another than the bot's. Let the tab sign in with the bot's registration, or leave nudges off."
        )
    made = manifest(
        app_id=app_id,
        public_url=public_url,
        council=council,
        words=words,
        version=version,
        tab_id=tab_id,
        nudge=nudge,
    )
    files = {
        "manifest.json": json.dumps(made, indent=2, ensure_ascii=False).encode(),
        "color.png": write_png(192, _colour),
        "outline.png": write_png(32, _outline),
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in files.items():
            package.writestr(zipfile.ZipInfo(name, EPOCH), content, zipfile.ZIP_DEFLATED)
    return path


def manifest(
    *,
    app_id: str,
    public_url: str,
    council: str,
    words: Sequence[CommandWord],
    version: str = "1.0.0",
    tab_id: str = "",
    nudge: bool = False,
) -> dict[str, Any]:
    """The manifest as data. `public_url` is where people's browsers reach the web inbox.

    `tab_id`: the registration with which the tab signs in by itself; without one it asks for a personal link. `nudge`:
    the app may write to the activity feed of whoever has it.
    """
    url = public_url.rstrip("/")
    about = "Reminders, alerts and feedback for quality assurance in children's social care."
    return {
        "$schema": SCHEMA,
        "manifestVersion": VERSION,
        "version": version,
        "id": app_id,
        "developer": _developer(council, url),
        "name": {"short": "qabot", "full": clip(f"qabot for {council}", 100)},
        "description": {
            "short": about,
            "full": f"{about} qabot tells you what you owe and by when, and takes the answer.",
        },
        "icons": {"color": "color.png", "outline": "outline.png"},
        "accentColor": "#{:02X}{:02X}{:02X}".format(*ACCENT),
        "localizationInfo": {"defaultLanguageTag": "en-gb"},
        "bots": [_bot(app_id, words)],
        "composeExtensions": [_extension(app_id)],
        "staticTabs": [_tab(url, "/tab" if tab_id else "/")],
        **_single_sign_on(url, tab_id or (app_id if nudge else "")),
        **(_nudges() if nudge else {}),
        "validDomains": [urlsplit(url).netloc],
        "defaultInstallScope": "personal",
    }


def _developer(council: str, url: str) -> dict[str, str]:
    return {"name": clip(council, 32), "websiteUrl": url, "privacyUrl": url, "termsOfUseUrl": url}


def _bot(app_id: str, words: Sequence[CommandWord]) -> dict[str, Any]:
    lists = [{"scopes": ["personal"], "commands": suggestions(words)}] if words else []
    return {
        "botId": app_id,
        "scopes": ["personal"],
        "isNotificationOnly": False,
        "supportsFiles": False,
        "supportsCalling": False,
        "supportsVideo": False,
        "commandLists": lists,
    }


def _extension(app_id: str) -> dict[str, Any]:
    nominate = {
        "id": "nominate",
        "type": "action",
        "title": "Nominate for good practice",
        "description": "Nominate the colleague who wrote this message for good practice",
        "context": ["message"],
        "fetchTask": True,
    }
    return {"botId": app_id, "commands": [nominate]}


def _single_sign_on(url: str, tab_id: str) -> dict[str, Any]:
    """For whom Teams gives the tab a token: this registration, by the address that it exposes."""
    resource = f"api://{urlsplit(url).netloc}/{tab_id}"
    return {"webApplicationInfo": {"id": tab_id, "resource": resource}} if tab_id else {}


def _nudges() -> dict[str, Any]:
    """The one kind of activity, and the permission for whoever has the app and for nobody else."""
    kind = {"type": ACTIVITY, "description": DESCRIPTION, "templateText": TEXT}
    permission = {"name": "TeamsActivity.Send.User", "type": "Application"}
    return {
        "activities": {"activityTypes": [kind]},
        "authorization": {"permissions": {"resourceSpecific": [permission]}},
    }


def _tab(url: str, path: str) -> dict[str, Any]:
    return {
        "entityId": "inbox",
        "name": "My work",
        "contentUrl": f"{url}{path}",
        "websiteUrl": f"{url}/",
        "scopes": ["personal"],
    }


def _check(app_id: str, public_url: str, version: str) -> None:
    try:
        UUID(app_id)
    except ValueError as wrong:
        raise SetupError(
            f"The app id must be an id such as 1b2f3c4d-0000-4000-8000-1234567890ab, not {app_id!r}."
        ) from wrong
    parts = urlsplit(public_url)
    if parts.scheme != "https" or not parts.netloc:
        raise SetupError(f"Teams needs an address that starts with https://, not {public_url!r}.")
    if not re.fullmatch(r"(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}", version):
        raise SetupError(f"The app's version must be three numbers such as 1.0.1, not {version!r}.")


def _mark(x: float, y: float) -> bool:
    """A tick inside a ring."""
    ring = 0.30 <= math.hypot(x - 0.5, y - 0.5) <= 0.38
    return ring or _near(x, y, 0.36, 0.52, 0.46, 0.62) or _near(x, y, 0.46, 0.62, 0.65, 0.40)


def _near(x: float, y: float, from_x: float, from_y: float, to_x: float, to_y: float) -> bool:
    """Whether a dot is on the stroke between two points."""
    wide, high = to_x - from_x, to_y - from_y
    along = ((x - from_x) * wide + (y - from_y) * high) / (wide**2 + high**2)
    along = min(max(along, 0.0), 1.0)
    return math.hypot(x - from_x - along * wide, y - from_y - along * high) <= 0.045


def _colour(x: float, y: float) -> Pixel:
    return (255, 255, 255, 255) if _mark(x, y) else (*ACCENT, 255)


def _outline(x: float, y: float) -> Pixel:
    return (255, 255, 255, 255 if _mark(x, y) else 0)
