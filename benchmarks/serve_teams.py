"""A qabot with alerts told in Teams, for the measurement of presses: python serve_teams.py SINK_URL COUNT.

Prints one line of JSON with its port and, for each alert, who can acknowledge it and with which token. Ends when its
input closes.
"""

import asyncio
import json
import socket
import sys
from typing import Any

import uvicorn
from sqlmodel import Session, select
from support import MORNING, TEN, council, folder, seed, staff

from qabot.adapter import DirectoryEntry, Rate
from qabot.delivery.drain import drain
from qabot.models import Account, Notice, Person
from qabot.scheduler.tick import tick
from qabot.wiring import Qabot
from qabot_teams import Teams
from qabot_teams.settings import read

APP = "22222222-2222-4222-8222-222222222222"
TENANT = "11111111-1111-4111-8111-111111111111"


class Unpaced(Teams):
    """Without Teams' pace, which would make the setting-up slow and the measurement one of the pace."""

    rate = Rate(at_once=Teams.rate.at_once)


def environ(sink: str) -> dict[str, str]:
    """The adapter's settings that lead to the sink."""
    names = ("LOGIN_URL", "SERVICE_URL", "GRAPH_URL")
    addresses = {f"QABOT_TEAMS_{name}": sink for name in names} | {"QABOT_TEAMS_OPENID_URL": f"{sink}/openid"}
    return {"QABOT_TEAMS_APP_ID": APP, "QABOT_TEAMS_TENANT_ID": TENANT, "QABOT_TEAMS_SECRET": "secret", **addresses}


async def link_everybody(qabot: Qabot, sink: str) -> None:
    """Let all staff have installed the app."""
    with qabot.store.transaction() as session:
        staff = [(each.id, each.email, each.name) for each in session.exec(select(Person))]
    kept = {"service_url": sink, "tenant": TENANT, "bot": f"28:{APP}"}
    entries = [
        DirectoryEntry(f"oid-{number}", email, name, True, f"a:{number}", kept | {"user": f"29:oid-{number}"})
        for number, email, name in staff
    ]
    await qabot.desk.meet("teams", entries)


def told(session: Session) -> list[dict[str, Any]]:
    """Who was told of which alert."""
    query = select(Notice, Account).where(
        Notice.recipient_id == Account.person_id, Account.adapter == "teams", Notice.state == "sent"
    )
    return [
        {
            "account": account.external_id,
            "conversation": account.conversation,
            "token": notice.token,
            "message": notice.message_id,
        }
        for notice, account in session.exec(query)
    ]


async def main() -> None:
    """Plan and send the alerts, then serve."""
    sink, count = sys.argv[1], int(sys.argv[2])
    with folder() as where:
        adapter = Unpaced(None, read(environ(sink)))  # type: ignore[arg-type]
        qabot, clock = council(where, adapter, size=staff(), start=MORNING)  # type: ignore[arg-type]
        adapter._service = qabot.desk
        await adapter.start()
        await link_everybody(qabot, sink)
        clock.set(TEN)
        await qabot.store.run(lambda session: seed(qabot.desk.unit(session), "alert", count))
        await tick(qabot.store, qabot.ticker, qabot.desk.unit)
        await drain(qabot.desk, qabot.outlets)
        endpoint = adapter.app()
        assert endpoint is not None
        listening = socket.create_server(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(endpoint[1], log_level="warning", lifespan="off", access_log=False))
        serving = asyncio.create_task(server.serve([listening]))
        alerts = await qabot.store.run(told)
        print(json.dumps({"port": listening.getsockname()[1], "alerts": alerts}), flush=True)
        await asyncio.to_thread(sys.stdin.read)
        server.should_exit = True
        await serving
        await adapter.stop()


if __name__ == "__main__":
    asyncio.run(main())
