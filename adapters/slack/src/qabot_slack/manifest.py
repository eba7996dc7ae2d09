"""The app's manifest, as Slack takes it when an app is made: it travels with the adapter (`qabot slack manifest`)."""

from pathlib import Path

from qabot_slack.http import PATH

_FILE = Path(__file__).with_name("manifest.yaml")


def manifest(public_url: str = "") -> str:
    """The manifest as YAML. With `public_url`, for Slack that calls qabot there over HTTP; else for Socket Mode."""
    text = _FILE.read_text(encoding="utf-8")
    if not public_url:
        return text
    address = f"{public_url}{PATH}"
    options = f"    is_enabled: true\n    request_url: {address}\n    message_menu_options_url: {address}\n"
    for socket, http in (
        ("socket_mode_enabled: true", "socket_mode_enabled: false"),
        ("  event_subscriptions:\n", f"  event_subscriptions:\n    request_url: {address}\n"),
        ("    is_enabled: true\n", options),
        ("    - command: /qa\n", f"    - command: /qa\n      url: {address}\n"),
    ):
        text = text.replace(socket, http, 1)
    return text
