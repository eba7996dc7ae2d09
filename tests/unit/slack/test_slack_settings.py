"""Settings: from the environment or from files, and a sentence for each that is wrong."""

import re
from pathlib import Path

import pytest

from qabot.errors import SetupError
from qabot_slack.settings import read

SOCKET = {"QABOT_SLACK_BOT_TOKEN": "xoxb-1", "QABOT_SLACK_APP_TOKEN": "xapp-1"}
HTTP = {"QABOT_SLACK_MODE": "http", "QABOT_SLACK_BOT_TOKEN": "xoxb-1", "QABOT_SLACK_SIGNING_SECRET": "s"}


def test_socket_mode_is_the_default() -> None:
    settings = read(SOCKET)
    assert (settings.mode, settings.api_url) == ("socket", "https://slack.com/api/")


def test_http_mode_needs_no_app_token() -> None:
    assert read(HTTP).signing_secret == "s"


def test_secrets_may_stand_in_files(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("xoxb-from-file\n")
    environ = {"QABOT_SLACK_BOT_TOKEN_FILE": str(tmp_path / "token"), "QABOT_SLACK_APP_TOKEN": "xapp-1"}
    assert read(environ).bot_token == "xoxb-from-file"


def test_every_setting_is_in_the_documentation() -> None:
    root = Path(__file__).parents[3]
    source = "".join(path.read_text() for path in (root / "adapters/slack/src/qabot_slack").glob("*.py"))
    described = (root / "docs/slack.md").read_text()
    assert [
        name for name in sorted(set(re.findall(r"QABOT_SLACK_[A-Z_]*[A-Z]", source))) if name not in described
    ] == []


def test_secrets_are_not_shown() -> None:
    shown = repr(read({**SOCKET, "QABOT_SLACK_SIGNING_SECRET": "hidden"}))
    assert not {"xoxb-1", "xapp-1", "hidden"} & set(shown.split("'"))


@pytest.mark.parametrize(
    ("environ", "says"),
    [
        ({}, "QABOT_SLACK_BOT_TOKEN is not set"),
        ({**SOCKET, "QABOT_SLACK_BOT_TOKEN": "xoxp-1"}, 'does not start with "xoxb-"'),
        ({"QABOT_SLACK_BOT_TOKEN": "xoxb-1"}, "QABOT_SLACK_APP_TOKEN is not set"),
        ({**SOCKET, "QABOT_SLACK_MODE": "carrier pigeon"}, 'must be "socket" or "http"'),
        ({**HTTP, "QABOT_SLACK_SIGNING_SECRET": ""}, "anybody could press buttons"),
        ({**SOCKET, "QABOT_SLACK_API_URL": "http://slack.example/api"}, "must start with https"),
        ({**SOCKET, "QABOT_SLACK_API_URL": "https://[slack"}, "must start with https"),
        ({**SOCKET, "QABOT_SLACK_API_URL": "https://"}, "name a host"),
        ({"QABOT_SLACK_BOT_TOKEN_FILE": "/nowhere/token"}, "cannot be read"),
    ],
)
def test_what_is_wrong_is_said(environ: dict[str, str], says: str) -> None:
    with pytest.raises(SetupError, match=says):
        read(environ)
