"""The manifest: valid by the documented schema, with the scopes that the adapter uses and no other."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ruamel.yaml import YAML

from qabot_slack.doctor import FOR_PICTURES, SCOPES
from tests.support.slack.methods import SCOPES as SCOPES_OF_METHODS

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
SOURCES = ROOT / "adapters/slack/src/qabot_slack"
# What the events and features of the manifest need, besides the methods that are called.
FOR_FEATURES = {"commands", "im:history", "users:read"}


@pytest.fixture(scope="module")
def manifest() -> Any:
    return YAML(typ="safe").load(ROOT / "adapters/slack/src/qabot_slack/manifest.yaml")


def test_it_is_valid(manifest: Any) -> None:
    schema = json.loads((HERE / "manifest.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(manifest, schema)


def test_it_asks_for_the_scopes_of_the_methods_that_are_called(manifest: Any) -> None:
    called = "\n".join(path.read_text() for path in SOURCES.glob("*.py"))
    needed = {scope for method, scope in SCOPES_OF_METHODS.items() if f'"{method}"' in called}
    scopes = manifest["oauth_config"]["scopes"]["bot"]
    assert set(scopes) == needed | FOR_FEATURES | {"users:read.email"}
    assert sorted(scopes) == sorted([*SCOPES, FOR_PICTURES])


def test_every_event_it_asks_for_is_listened_to(manifest: Any) -> None:
    heard = (SOURCES / "inbound.py").read_text()
    for event in manifest["settings"]["event_subscriptions"]["bot_events"]:
        assert f'"{event.partition(".")[0]}"' in heard


def test_messages_to_the_bot_and_the_home_tab_are_on(manifest: Any) -> None:
    home = manifest["features"]["app_home"]
    assert home["home_tab_enabled"]
    assert home["messages_tab_enabled"]
    assert not home["messages_tab_read_only_enabled"]


def test_over_http_whatever_slack_asks_has_an_address(manifest: Any) -> None:
    address, settings = "https://qabot.council.example/slack/events", manifest["settings"]
    over_http = settings | {"socket_mode_enabled": False}
    over_http["event_subscriptions"] = settings["event_subscriptions"] | {"request_url": address}
    # Slack asks there whom to offer in a field for a colleague; in Socket Mode it asks over the socket.
    asked = {"request_url": address, "message_menu_options_url": address}
    over_http["interactivity"] = settings["interactivity"] | asked
    jsonschema.validate(manifest | {"settings": over_http}, json.loads((HERE / "manifest.schema.json").read_text()))
    told = (ROOT / "docs/slack.md").read_text().partition("### Over HTTP instead")[2]
    assert all(f"`{name}" in told for name in ("socket_mode_enabled", *asked))


def test_no_other_method_of_slacks_is_called() -> None:
    # Not chat.scheduleMessage, which loses messages; not views.push, whose stack ends at three.
    sources = "\n".join(path.read_text() for path in SOURCES.glob("*.py"))
    called = set(re.findall(r'(?:call|call_as_app|answer|persist|_take)\((?:card, )?"([a-z]+\.[\w.]+)"', sources))
    assert called == {
        "apps.connections.open",
        "auth.teams.list",
        "auth.test",
        "chat.postMessage",
        "chat.update",
        "conversations.open",
        "users.info",
        "users.list",
        "users.lookupByEmail",
        "views.open",
        "views.publish",
        "views.update",
    }


@pytest.mark.parametrize("broken", ["display_information", "settings"])
def test_the_schema_finds_what_is_missing(manifest: Any, broken: str) -> None:
    schema = json.loads((HERE / "manifest.schema.json").read_text())
    rest = {name: part for name, part in manifest.items() if name != broken}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(rest, schema)
