"""What people do, in the real client: the Microsoft 365 Agents Playground in headless Chromium, offline."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.playground.conftest import HERE, Play
from tests.support.teams.cards import problems

CARD = "application/vnd.microsoft.card.adaptive"


def _cards(exchanges: list[dict[str, Any]]) -> list[dict[str, Any]]:
    bodies = [each["request"] or {} for each in exchanges if each["from"] == "bot" and each.get("request")]
    return [held["content"] for body in bodies for held in body.get("attachments", ())]


@pytest.mark.playground
def test_install_reminder_alert_forms_and_nomination_over_the_service_with_a_memory(play: Play) -> None:
    exchanged = play("serve.py", "memory.json")
    cards = _cards(exchanged)
    assert len(cards) >= 6
    assert [found for card in cards for found in problems(card)] == []


def test_the_lock_names_no_registry_and_the_exact_versions() -> None:
    text = (HERE / "package-lock.json").read_text(encoding="utf-8")
    assert '"resolved"' not in text
    assert not re.search(r"https?://[^\s\"]*(registry|npmjs|artifact|nexus|mirror)", text)
    wanted = json.loads((HERE / "package.json").read_text(encoding="utf-8"))["devDependencies"]
    locked = json.loads(text)["packages"]
    assert {name: locked[f"node_modules/{name}"]["version"] for name in wanted} == wanted
    assert all("integrity" in each for path, each in locked.items() if path)


def test_nothing_of_the_client_is_kept_in_the_repository() -> None:
    ignored = (Path(HERE).parents[1] / ".gitignore").read_text(encoding="utf-8").split()
    assert "node_modules/" in ignored
    assert "test-output/" in ignored
