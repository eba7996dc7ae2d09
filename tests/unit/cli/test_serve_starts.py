"""A real `qabot serve`: it starts whatever its chats do, and ends at a setting that cannot be right."""

import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from qabot import __version__
from tests.support.commands import Command, without_settings
from tests.support.own_council import own_council
from tests.support.waiting import LONG, wait_until

NOWHERE = "http://127.0.0.1:1"
SLACK = {
    "QABOT_SLACK_BOT_TOKEN": "xoxb-none",
    "QABOT_SLACK_APP_TOKEN": "xapp-none",
    "QABOT_SLACK_API_URL": f"{NOWHERE}/api/",
}
TEAMS = {
    "QABOT_TEAMS_APP_ID": "22222222-2222-4222-8222-222222222222",
    "QABOT_TEAMS_TENANT_ID": "11111111-1111-4111-8111-111111111111",
    "QABOT_TEAMS_SECRET": "none",
    "QABOT_TEAMS_LOGIN_URL": NOWHERE,
    "QABOT_TEAMS_OPENID_URL": NOWHERE,
}
Process = subprocess.Popen[str] | Command
Serve = Callable[..., tuple[Process, str]]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Starts a service with these settings; the process, and its address.

    `anew`: as a program of its own, which takes seconds of processor time; else it is forked from one that is loaded.
    """
    begun: list[Process] = []

    def start(*, own: bool = True, anew: bool = False, **settings: str) -> tuple[Process, str]:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        address = f"http://127.0.0.1:{port}"
        given = {
            "QABOT_DATABASE_URL": f"sqlite:///{tmp_path}/q.sqlite3",
            "QABOT_SECRET_KEY": "k" * 40,
            "QABOT_PORT": str(port),
            "QABOT_BASE_URL": address,
            **(own_council(tmp_path / "frameworks") if own else {}),
            **settings,
        }
        begun.append(
            _anew(without_settings() | given, tmp_path) if anew else _forked(without_settings() | given, tmp_path)
        )
        return begun[-1], address

    yield start
    for each in begun:
        each.kill()
        each.communicate()


def _anew(environ: dict[str, str], cwd: Path) -> Process:
    command = [sys.executable, "-m", "qabot", "serve"]
    return subprocess.Popen(command, env=environ, cwd=cwd, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def _forked(environ: dict[str, str], cwd: Path) -> Process:
    return Command(["serve"], environ, cwd)


def health(process: Process, address: str) -> dict[str, Any]:
    """What /health says once it answers with a whole tick."""

    def asked() -> dict[str, Any] | None:
        assert process.poll() is None, process.communicate()
        try:
            answer = httpx.get(f"{address}/health")
        except httpx.HTTPError:
            return None
        return answer.json() if answer.status_code == 200 else None

    found = wait_until(asked, "a whole tick")
    assert found is not None
    return found


def test_both_chats_away_leave_the_clock_and_the_web_inbox(serve: Serve) -> None:
    process, address = serve(anew=True, QABOT_ADAPTERS="slack,teams", **SLACK, **TEAMS)
    said = health(process, address)
    assert (said["ok"], said["degraded"]) == (True, True)
    assert {name: each["state"] for name, each in said["chats"].items()} == {"slack": "away", "teams": "away"}
    assert all(each["why"] and each["since"] for each in said["chats"].values())
    assert httpx.get(f"{address}/inbox").status_code == 401, "somebody may sign in there"


@pytest.mark.parametrize(
    ("setting", "value"),
    [("QABOT_SLACK_BOT_TOKEN", ""), ("QABOT_SLACK_APP_TOKEN", "xoxb-none"), ("QABOT_TEAMS_TENANT_ID", "council")],
)
def test_a_setting_that_cannot_be_right_ends_it_before_the_start(serve: Serve, setting: str, value: str) -> None:
    process, _ = serve(QABOT_ADAPTERS="slack,teams", **{**SLACK, **TEAMS, setting: value})
    _, errors = process.communicate(timeout=LONG)
    assert process.returncode == 2
    assert setting in errors
    assert "Traceback" not in errors


def test_with_a_chat_it_refuses_the_demonstrations_name_and_duty_line(serve: Serve) -> None:
    process, _ = serve(own=False, QABOT_ADAPTERS="slack", **SLACK)
    _, errors = process.communicate(timeout=LONG)
    assert process.returncode == 2
    said = " ".join(errors.split())
    assert "these are the demonstration's: Newham (demonstration), the duty team on 020 7946 0123" in said
    assert "council: name: ... duty_line: ..." in said
    assert "Traceback" not in errors


def test_without_a_chat_the_demonstration_can_be_looked_at(serve: Serve) -> None:
    process, address = serve(own=False)
    assert health(process, address)["ok"]
    process.terminate()
    printed, _ = process.communicate(timeout=LONG)
    assert "council.name and council.duty_line" in printed, "what is to be written is said all the same"


def test_it_says_in_one_screen_what_it_is_and_what_is_missing(serve: Serve, tmp_path: Path) -> None:
    process, address = serve(QABOT_ADAPTERS="slack", **SLACK)
    health(process, address)
    process.terminate()
    printed, errors = process.communicate(timeout=LONG)
    assert printed.splitlines()[:4] == [
        f"qabot {__version__}: Hill, Newham CYPS Practice Learning Framework",
        f"  Address    {address} (listening on {address.removeprefix('http://')})",
        f"  Database   {tmp_path}/q.sqlite3, 0 people",
        printed.splitlines()[3],
    ]
    assert printed.splitlines()[3].startswith("  Chat       slack: away. ")
    assert "  Missing    Nobody is imported yet: qabot people import" in printed
    assert "council.name" not in printed
    assert all(orjson.loads(line) for line in errors.splitlines()), "the log is for machines all the same"
