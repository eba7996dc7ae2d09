"""A real Prometheus scrapes a real service: the page is well formed, rules hold, and the dashboard has its numbers."""

import asyncio
import json
import math
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
from sqlmodel import Session, select

from qabot.adapter import Command, Who
from qabot.cli.databases import open_quietly
from qabot.models import Alert, Audit, Event, Notice, NoticeState
from qabot.models.columns import new_token
from qabot.models.migrate import upgrade
from qabot.settings import read_settings
from qabot.wiring import Qabot, beside, watcher_of
from qabot.workflows.core.unit import Unit
from tests.support import small_council
from tests.support.postgres import free_port
from tests.support.serving_here import serving
from tests.support.waiting import LONG, until

DEPLOYED = Path(__file__).parents[2] / "deploy" / "metrics"
PROMETHEUS, PROMTOOL = shutil.which("prometheus"), shutil.which("promtool")
KEY, TOKEN = "a secret key for the tests, long enough", "a token for the tests, and long enough"
NOWHERE = "http://127.0.0.1:1"
MANY = 10
pytestmark = pytest.mark.skipif(PROMTOOL is None or PROMETHEUS is None, reason="Prometheus is not here")


def test_each_rule_speaks_when_it_should_and_else_keeps_still() -> None:
    done = subprocess.run(
        [str(PROMTOOL), "test", "rules", "qabot.test.yml"], cwd=DEPLOYED, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@asynccontextmanager
async def scraping(folder: Path, target: str) -> AsyncIterator[httpx.AsyncClient]:
    """Prometheus with our rules, each second; asked by its API."""
    port = free_port()
    (folder / "token").write_text(TOKEN, "utf-8")
    config = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": [str(DEPLOYED / "qabot.rules.yml")],
        "scrape_configs": [
            {
                "job_name": "qabot",
                "authorization": {"credentials_file": str(folder / "token")},
                "static_configs": [{"targets": [target]}],
            }
        ],
    }
    (folder / "prometheus.yml").write_text(json.dumps(config), "utf-8")
    with open(folder / "log", "wb") as log:  # noqa: ASYNC230 - a file of the test's own
        program = await asyncio.create_subprocess_exec(
            str(PROMETHEUS),
            f"--config.file={folder}/prometheus.yml",
            f"--storage.tsdb.path={folder}/data",
            f"--web.listen-address=127.0.0.1:{port}",
            stdout=log,
            stderr=log,
        )
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=LONG) as asked:
            yield asked
    finally:
        if program.returncode is None:
            program.terminate()
        await program.wait()


async def ask(prometheus: httpx.AsyncClient, expression: str) -> list[float]:
    """The values of an expression now; none while Prometheus starts."""
    try:
        answer = (await prometheus.get("/api/v1/query", params={"query": expression})).json()
    except (httpx.TransportError, ValueError):
        return []
    assert answer["status"] == "success" or "Service Unavailable" in str(answer), (expression, answer)
    values = [float(each["value"][1]) for each in answer["data"]["result"]]
    return [each for each in values if not math.isnan(each)]


async def given(prometheus: httpx.AsyncClient, expression: str) -> list[float]:
    """The same, once it has a number."""
    found: list[float] = []
    asking: list[asyncio.Task[list[float]]] = []

    def has() -> bool:
        if not asking:
            asking.append(asyncio.create_task(ask(prometheus, expression)))
        elif asking[0].done():
            found[:] = asking.pop().result()
        return bool(found)

    await until(has, expression)
    return found


def fill(session: Session, ids: dict[str, int], now: datetime) -> None:
    """Alerts that were acknowledged, and notices that waited or did not go."""
    audits = [
        Audit(
            reference=f"QA-{number}",
            activity="practice-learning-review",
            auditor_id=ids["cyrus"],
            due_on=now.date(),
            allocated_at=now,
        )
        for number in range(5000, 5000 + MANY)
    ]
    session.add_all(audits)
    session.flush()
    session.add_all(Alert(audit_id=each.id, raised_at=now - timedelta(hours=2), acknowledged_at=now) for each in audits)
    whys = {"held": "outside this person's working hours", "superseded": "overtaken by due"}
    session.add_all(Event(at=now, what=what, why=why) for what, why in whys.items() for _ in range(MANY))


async def happen(qabot: Qabot, person: int) -> None:
    """One message goes out, and somebody writes a word."""

    def plan(unit: Unit) -> str:
        key = f"test:{new_token()}"
        unit.session.add(
            Notice(
                key=key,
                rule="",
                message="test-message",
                lane="alert",
                recipient_id=person,
                subject_type="person",
                subject_id=person,
                created_at=unit.now,
                not_before=unit.now,
                alone=True,
            )
        )
        return key

    await qabot.desk.run(plan)
    await qabot.desk.command(Command(Who("web", str(person)), "mine"))


async def test_prometheus_reads_the_service_and_the_dashboard_has_its_numbers(tmp_path: Path) -> None:
    settings = {
        "QABOT_DATABASE_URL": f"sqlite:///{tmp_path}/qabot.sqlite3",
        "QABOT_SECRET_KEY": KEY,
        "QABOT_METRICS_TOKEN": TOKEN,
        "QABOT_ADAPTERS": "slack",
        "QABOT_SLACK_BOT_TOKEN": "xoxb-none",
        "QABOT_SLACK_APP_TOKEN": "xapp-none",
        "QABOT_SLACK_API_URL": f"{NOWHERE}/api/",
    }
    store = open_quietly(read_settings(database_url=settings["QABOT_DATABASE_URL"], secret_key=KEY))
    upgrade(store)
    with store.transaction() as session:
        ids = small_council.fill(session)
    store.close()
    async with serving(settings) as (address, qabot), scraping(tmp_path, address.removeprefix("http://")) as prometheus:
        await qabot.store.run(lambda session: fill(session, ids, qabot.clock.now()))
        await watcher_of(qabot, beside(qabot.engine)).look()
        await happen(qabot, ids["mina"])
        assert await given(prometheus, "qabot_notice_delay_seconds_count")
        await happen(qabot, ids["mina"])
        assert max(await given(prometheus, "qabot_notice_delay_seconds_count >= 2")) >= 2
        async with httpx.AsyncClient() as http:
            page = await http.get(f"{address}/metrics", headers={"authorization": f"Bearer {TOKEN}"})
        checked = await asyncio.to_thread(checked_page, page.content)
        assert (checked.returncode, checked.stderr) == (0, b""), checked
        assert {each.state for each in messages_of(qabot)} == {NoticeState.sent}
        for expression in dashboard():
            assert await given(prometheus, expression), expression
        groups = (await prometheus.get("/api/v1/rules")).json()["data"]["groups"]
        rules = [each for group in groups for each in group["rules"]]
        assert rules
        assert {each["health"] for each in rules} == {"ok"}, "each can be evaluated"


def checked_page(page: bytes) -> "subprocess.CompletedProcess[bytes]":
    """What promtool says of the page's form."""
    return subprocess.run([str(PROMTOOL), "check", "metrics"], input=page, capture_output=True, check=False)


def messages_of(qabot: Qabot) -> list[Notice]:
    with qabot.store.transaction() as session:
        return list(session.exec(select(Notice).where(Notice.message == "test-message")))


def dashboard() -> list[str]:
    """Each expression of it, as Grafana would ask it."""
    panels = json.loads((DEPLOYED / "dashboard.json").read_text("utf-8"))["panels"]
    return [target["expr"].replace("$__rate_interval", "1m") for panel in panels for target in panel["targets"]]
