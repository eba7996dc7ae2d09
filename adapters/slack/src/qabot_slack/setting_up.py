"""What `qabot setup` asks for Slack: the two tokens of Socket Mode, which need nothing that Slack could reach."""

from collections.abc import Callable

from qabot.adapter import ChatQuestion, ChatSetup
from qabot_slack.manifest import manifest


def _begins(start: str, where: str) -> Callable[[str], str]:
    def check(answer: str) -> str:
        return (
            ""
            if answer.startswith(start) and len(answer) > len(start)
            else f"expected what begins with {start}: {where}"
        )

    return check


BOT, APP = "OAuth & Permissions, Bot User OAuth Token", "Basic Information, App-Level Tokens (connections:write)"

SETTING_UP = ChatSetup(
    before=(
        "Slack: open https://api.slack.com/apps, choose Create New App, From a manifest, and put in the whole of what "
        "stands between the lines. Then choose Install to Workspace."
    ),
    questions=(
        ChatQuestion(
            "slack-bot-token", "QABOT_SLACK_BOT_TOKEN", f"The bot's token ({BOT})", _begins("xoxb-", BOT), True
        ),
        ChatQuestion(
            "slack-app-token", "QABOT_SLACK_APP_TOKEN", f"The app-level token ({APP})", _begins("xapp-", APP), True
        ),
    ),
    after=(),
    also={"QABOT_SLACK_ADMIN": "{administrator}"},
    shows=manifest,
    shows_as="slack-manifest.yaml",
)
