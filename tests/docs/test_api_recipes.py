"""Each recipe of docs/api.md is done as it stands there, against a council at work."""

import csv
import io
import json
import os
import re
import textwrap
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from qabot.models import Absence, WebhookCall
from qabot.scheduler.clock import SystemClock
from qabot.web.app import create_app
from qabot.workflows.access import tokens, webhooks
from tests.support.world import World
from tests.unit.cli.conftest import Cli, cli, database, files, filled, imported
from tests.unit.web import world as web

__all__ = ["cli", "database", "files", "filled", "imported"]
PAGE = Path("docs/api.md").read_text("utf-8")


def block(heading: str, language: str = "", number: int = 0) -> str:
    """A block of code under a heading."""
    section = PAGE.split(f"# {heading}\n", 1)[1].split("\n## ", 1)[0].split("\n### ", 1)[0]
    blocks = re.findall(r"^ *```(\w*)\n(.*?)^ *```$", section, re.MULTILINE | re.DOTALL)
    return textwrap.dedent([text for of, text in blocks if of == language][number])


class Council:
    """A council at work, and its API."""

    def __init__(self, world: World) -> None:
        self.world = world
        app = create_app(web.parts(world.nodes[0].store, clock=world.clock, hosts=("qabot.council.example",)))
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(app))

    def token(self, *scopes: str) -> str:
        with self.world.nodes[0].store.transaction() as session:
            unit = self.world.nodes[0].desk.unit(session)
            return tokens.new(unit, "recipe", scopes, 30, person_id=self.world.ids["quinn"])


@pytest.fixture
async def council() -> Any:
    made = await World.start()
    made.change("quinn", administrator=True)
    council = Council(made)
    yield council
    await council.client.aclose()
    made.close()


async def test_power_automate_notes_an_absence_once(council: Council) -> None:
    given = {
        "@{body('Get_secret')?['value']}": council.token("absences:write"),
        "@{workflow()?['run']?['name']}": "08584700000000000000000000000CU00",
        "@{triggerBody()?['email']}": "ben@council.example",
        "@{triggerBody()?['first']}": "2026-12-01",
        "@{triggerBody()?['last']}": "2026-12-04",
    }
    text = block("Power Automate", "json")
    for name, value in given.items():
        assert name in text
        text = text.replace(name, value)
    assert "@{" not in text
    action = json.loads(text)
    for again in (False, True):
        answer = await council.client.request(
            action["method"], action["uri"], headers=action["headers"], json=action["body"]
        )
        assert answer.status_code == 200, answer.text
        assert ("idempotency-replayed" in answer.headers) is again
    [away] = council.world.all(Absence)
    assert away.person_id == council.world.ids["ben"]


async def test_power_bi_reads_one_table(council: Council) -> None:
    query = block("Power BI, and Excel")
    address = re.search(r'Web\.Contents\("([^"]+)"', query)
    path = re.search(r'RelativePath = "([^"]+)"', query)
    period = re.search(r'Query = \[period = "([^"]+)"\]', query)
    assert address
    assert path
    assert period
    assert 'Headers = [Authorization = "Bearer " & QabotToken]' in query
    await council.world.graded("green")
    answer = await council.client.get(
        f"{address[1]}/{path[1]}",
        params={"period": period[1]},
        headers={"Authorization": f"Bearer {council.token('figures:read')}"},
    )
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert {"measure", "group", "period", "number", "hidden"} <= rows[0].keys()
    assert {each["number"] for each in rows if each["hidden"] == "yes"} == {""}


async def test_the_python_of_the_page_tells_our_calls_from_others(council: Council) -> None:
    made: dict[str, Any] = {}
    exec(block("Webhooks", "python"), made)
    world = council.world
    person = world.ids["quinn"]
    row = await world.run(
        lambda unit: webhooks.new(
            unit, "x", "https://case-system.council.example/", ["audit.final"], (), person_id=person, private=False
        )
    )
    secret = webhooks.secrets_of(row, ["a key"])[0]
    now = world.clock.now()
    call = WebhookCall(webhook_id=row.id, event="test", uid="u", at=now, not_before=now)
    headers = webhooks.signed(call, b"{}", [secret], now)
    seconds = now.timestamp()
    assert made["is_ours"](headers, b"{}", secret, now=lambda: seconds)
    assert not made["is_ours"](headers, b"{ }", secret, now=lambda: seconds)
    assert not made["is_ours"](headers, b"{}", secret, now=lambda: seconds + 301)


def leave(folder: Path, name: str, text: str, *, minutes: int = 5) -> Path:
    """Another system puts a file there so many minutes ago."""
    file = folder / name
    file.write_text(text, "utf-8")
    then = (SystemClock().now() - timedelta(minutes=minutes)).timestamp()
    os.utime(file, (then, then))
    return file


def test_the_nightly_file_is_taken_and_put_aside(filled: Cli, files: tuple[Path, Path], tmp_path: Path) -> None:
    heading = "A case system's nightly file"
    words = block(heading, number=1).split()
    assert words[:3] == ["qabot", "cases", "collect"]
    folder = tmp_path / "from-case-system"
    folder.mkdir()
    first = next(csv.DictReader(files[1].open(encoding="utf-8-sig")))
    lines = block(heading, "csv").splitlines()
    named = [lines[0], f"{first['reference']},{first['team']},,no"]
    leave(folder, "cases.csv", "\n".join(named))
    leave(folder, "wrong.csv", f"{lines[0]}\nchild's name,{first['team']},,yes", minutes=4)
    leave(folder, "on-its-way.csv", "\n".join(named), minutes=0)
    (folder / "elsewhere.csv").symlink_to(files[1])
    ran = filled(*words[1:3], folder)
    assert ran.code == 1, ran.out + ran.err
    assert "cases.csv: taken" in ran.out
    assert "wrong.csv: refused" in ran.out
    assert sorted(each.name for each in folder.iterdir()) == ["elsewhere.csv", "on-its-way.csv", "refused", "taken"]
    [taken] = (folder / "taken").glob("*.csv")
    assert "changed: 1" in taken.with_name(f"{taken.name}.txt").read_text("utf-8")
    [refused] = (folder / "refused").glob("*.csv.txt")
    assert "is not a case reference" in refused.read_text("utf-8")
    assert "child's name" not in refused.read_text("utf-8")
    old = taken.with_name(f"{datetime(2026, 1, 5):%Y-%m-%dT%H%M%SZ}-cases.csv")
    old.write_text("long ago", "utf-8")
    assert filled(*words[1:3], folder, "--keep-days", "7").code == 0
    assert not old.exists()
    assert taken.exists()
