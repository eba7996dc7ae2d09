"""What `qabot setup` asks for Teams. Whoever wants no client secret leaves it empty and takes another credential."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from uuid import UUID

from qabot.adapter import ChatQuestion, ChatSetup, CommandWord
from qabot_teams.package import write_package


def _id(answer: str) -> str:
    try:
        UUID(answer)
    except ValueError:
        return "expected an id such as 1b2f3c4d-0000-4000-8000-1234567890ab"
    return ""


def _secret(answer: str) -> str:
    if not _id(answer):
        return "expected the secret's value; this is its id, which stands beside it"
    return ""


def _pack(path: Path, settings: Mapping[str, str], council: str, words: Sequence[CommandWord]) -> None:
    app_id, address = settings["QABOT_TEAMS_APP_ID"], settings["QABOT_BASE_URL"]
    write_package(path, app_id=app_id, public_url=address, council=council, words=words)


SETTING_UP = ChatSetup(
    before=(
        "Teams: in the Azure portal create an Azure Bot (single tenant), and a client secret under Certificates & "
        "secrets; docs/teams.md, 1 and 2, has it step by step, and what there is in place of a secret."
    ),
    questions=(
        ChatQuestion("teams-app-id", "QABOT_TEAMS_APP_ID", "The application (client) id", _id),
        ChatQuestion("teams-tenant-id", "QABOT_TEAMS_TENANT_ID", "The tenant id", _id),
        ChatQuestion(
            "teams-secret",
            "QABOT_TEAMS_SECRET",
            "The client secret's value (empty for another credential)",
            _secret,
            secret=True,
            optional=True,
        ),
    ),
    after=(
        "In the Azure Bot: messaging endpoint {address}/api/messages, and the channel Microsoft Teams.",
        "Upload {folder}/qabot-teams.zip in the Teams admin centre (docs/teams.md, 4), and add the app for yourself.",
    ),
    also={
        "QABOT_FRAME_ANCESTORS": "https://teams.microsoft.com,https://*.teams.microsoft.com,https://*.cloud.microsoft",
    },
    pack=_pack,
    packed_as="qabot-teams.zip",
)
