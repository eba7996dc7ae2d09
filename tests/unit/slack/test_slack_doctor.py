"""`qabot doctor`: what it finds, and what it says to do."""

import time
from typing import Any

import pytest

from qabot.adapter import Finding
from qabot_slack import create
from qabot_slack.doctor import Doctor, _scopes
from qabot_slack.settings import read
from tests.support.slack import FakeSlack
from tests.support.slack.service import MemoryService

ADMIN = {"QABOT_SLACK_ADMIN": "admin@council.example"}


async def examine(slack: FakeSlack, **environ: str) -> list[Finding]:
    slack.workspace.add_user("U1", "admin", "admin@council.example")
    adapter = create(MemoryService(), {**slack.environ, **environ})
    found = [finding async for finding in adapter.doctor()]
    await adapter.stop()
    return found


def failed(findings: list[Finding]) -> list[str]:
    assert all(finding.advice for finding in findings if not finding.ok)
    return [f"{finding.check}: {finding.advice}" for finding in findings if not finding.ok]


@pytest.mark.parametrize("mode", ["socket", "http"])
async def test_all_is_well_and_the_administrator_has_a_message(mode: str) -> None:
    async with FakeSlack(mode) as slack:
        assert failed(await examine(slack, **ADMIN)) == []
        assert "It works" in slack.to("U1")[0].words()


async def test_a_wrong_token_ends_the_examination() -> None:
    async with FakeSlack() as slack:
        findings = await examine(slack, QABOT_SLACK_BOT_TOKEN="xoxb-wrong")
        assert len(findings) == 1
        assert "install the app again" in findings[0].advice


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"kind": "reset_before"}, "Slack gave no answer, or none that can be read."),
        ({"kind": "as_is", "body": b"[1]", "headers": {"Content-Type": "application/json"}}, "none that can be read."),
        ({"kind": "filter"}, "Something between qabot and Slack, such as a web filter, answered 403."),
        ({"kind": "html"}, "Slack failed (502)."),
    ],
)
async def test_what_is_no_answer_of_slacks_is_said_in_a_sentence(fault: dict[str, Any], said: str) -> None:
    async with FakeSlack() as slack:
        slack.fail("auth.test", **fault)
        [finding] = await examine(slack, **ADMIN)
        assert not finding.ok
        assert finding.advice.endswith(said)


async def test_a_missing_scope_is_named() -> None:
    async with FakeSlack() as slack:
        slack.server.scopes.remove("im:history")
        assert "Missing: im:history" in failed(await examine(slack, **ADMIN))[0]


def test_without_the_scope_for_pictures_all_but_they_is_there() -> None:
    finding = _scopes({"x-oauth-scopes": "chat:write,commands,im:history,im:write,users:read,users:read.email"})
    assert finding.ok
    assert "files:write" in finding.advice


async def test_scopes_that_nobody_told_are_not_called_missing() -> None:
    finding = _scopes({})
    assert finding.ok
    assert "is not known" in finding.check
    assert "Missing" not in finding.advice
    assert not _scopes({"x-oauth-scopes": ""}).ok


async def test_an_app_token_that_does_not_work_is_found() -> None:
    async with FakeSlack() as slack:
        assert "Socket Mode connects" in failed(await examine(slack, QABOT_SLACK_APP_TOKEN="xapp-wrong", **ADMIN))[0]


async def test_an_administrator_who_cannot_be_reached_is_told() -> None:
    async with FakeSlack() as slack:
        assert "QABOT_SLACK_ADMIN" in failed(await examine(slack))[0]
        assert "users_not_found" in failed(await examine(slack, QABOT_SLACK_ADMIN="nobody@council.example"))[0]
        slack.fail("chat.postMessage", "error", error="messages_tab_disabled")
        assert "messages tab is off" in failed(await examine(slack, **ADMIN))[0]


@pytest.mark.parametrize(("seconds", "well"), [(0, True), (45, True), (90, False), (-90, False)])
async def test_a_clock_that_is_off_is_found(seconds: int, well: bool) -> None:
    async with FakeSlack() as slack:
        doctor = Doctor(read(slack.environ), wall=lambda: time.time() + seconds)  # real time: signed
        clock = [finding async for finding in doctor.findings()][2]
        assert clock.ok is well
