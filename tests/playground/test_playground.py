"""What people do, in the real client: the Microsoft 365 Agents Playground in headless Chromium, offline."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from qabot.messaging.files import Catalogue
from qabot.messaging.pictures import can_draw
from qabot.messaging.samples import show
from qabot_teams.sdks import NEEDED
from tests.playground import serve, serve_council
from tests.playground.conftest import HERE, Play, Steps
from tests.support.teams.cards import problems

ROOT = HERE.parents[1]
ON_A_SHEET = 4


def _script(name: str) -> Steps:
    read: Steps = json.loads((HERE / "steps" / f"{name}.json").read_text(encoding="utf-8"))
    return read


def _cards(exchanges: list[dict[str, Any]]) -> list[dict[str, Any]]:
    bodies = [each["request"] or {} for each in exchanges if each["from"] == "bot" and each.get("request")]
    return [held["content"] for body in bodies for held in body.get("attachments", ())]


def _expect_good_cards(exchanges: list[dict[str, Any]], at_least: int) -> None:
    cards = _cards(exchanges)
    assert len(cards) >= at_least
    assert [found for card in cards for found in problems(card)] == []


@pytest.mark.playground
@pytest.mark.parametrize("sdk", NEEDED)
def test_every_way_of_the_adapter_in_the_real_client(play: Play, sdk: str) -> None:
    _expect_good_cards(play(serve.serve, f"memory-{sdk}", _script("memory"), sdk), 6)


@pytest.mark.playground
def test_a_manager_day_with_the_whole_service_behind_the_real_client(play: Play) -> None:
    _expect_good_cards(play(serve_council.serve, "council", _script("council")), 6)


@pytest.mark.playground
def test_the_last_of_two_hundred_is_reached_and_pressed_in_the_real_client(play: Play) -> None:
    _expect_good_cards(play(serve_council.serve, "much", _script("much")), 2)


@pytest.mark.playground
def test_every_message_has_its_picture_in_the_real_client(play: Play) -> None:
    catalogue = Catalogue.load([ROOT / "messages"])
    steps: Steps = [{"exchange": {"from": "client", "name": "installationUpdate", "status": 200}}]
    steps += [{"size": [1400, 2600]}]
    for number, name in enumerate(catalogue.names(), start=1):
        steps += [{"post": {"path": f"/messages/{name}/usual"}}, {"expect": show(catalogue, name).title}]
        if number % ON_A_SHEET == 0 or number == len(catalogue.names()):
            steps.append({"shot": f"sheet-{(number - 1) // ON_A_SHEET + 1}.png"})
    _expect_good_cards(play(serve_council.serve, "messages", steps), len(catalogue.names()))


@pytest.mark.playground
@pytest.mark.skipif(not can_draw(), reason="the extra pictures is not installed, or there are no fonts here")
def test_the_charts_of_results_are_pictures_in_the_real_client(play: Play) -> None:
    steps: Steps = [{"exchange": {"from": "client", "name": "installationUpdate", "status": 200}}]
    steps += [{"size": [1000, 2400]}, {"post": {"path": "/do/results"}}]
    steps += [{"expect": "Results: Evaluation of supervision"}, {"picture": "how many have answered"}]
    steps += [{"picture": "Supervision has made a positive difference"}, {"shot": "results.png"}]
    cards = _cards(play(serve_council.serve, "results", steps))
    shown = [each["altText"] for card in cards for each in card["body"] if each["type"] == "Image"]
    assert len(shown) >= 2
    assert "Fostering" not in str(shown)
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
    ignored = (Path(ROOT) / ".gitignore").read_text(encoding="utf-8").split()
    assert "node_modules" in ignored, "a link of that name too"
    assert "test-output/" in ignored
