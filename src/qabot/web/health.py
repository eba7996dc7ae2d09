"""Whether the service is well: a whole tick lately, and a database that answers now. Never cached, and never slow."""

import asyncio

from sqlalchemy import text
from sqlmodel import Session
from starlette.responses import JSONResponse

from qabot.delivery.pilot import Held, counted
from qabot.delivery.supervisor import AdapterState
from qabot.framework import calendar_lint
from qabot.framework.calendar import local_day
from qabot.models.turns import GUEST, Guest
from qabot.web.ports import Parts

HEALTH = "/health"
PATIENCE = Guest(begin=2.0, end=2.0, rank=0)
"""A probe waits some seconds at most. Its question goes first, but is asked once, however many probes wait for it."""


class Health:
    """Answers probes."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._asked: asyncio.Task[bool] | None = None
        self._held: Held | None = None

    async def answer(self) -> JSONResponse:
        """Well only if a tick has finished lately: a process that answers but does nothing is not well.

        A chat that is away, a clock that jumped, a calendar that ran out or a database that was brought back from a
        copy and waits for an answer makes it degraded, which is no reason to start it anew. Nor is a pilot: `pilot`
        says how many it sends to, and how much it holds.
        """
        last, now = self._parts.last_tick(), self._parts.clock.now()
        ticks = last is not None and now - last <= self._parts.tick_limit
        answers, chats, clock = await self._database(), self._parts.chats(), self._parts.clock_trouble()
        still = self._parts.standstill()
        looked, troubles = self._parts.watched()
        calendar = calendar_lint.endings(self._parts.framework, local_day(now))
        body: dict[str, object] = {
            "ok": ticks and answers,
            "degraded": bool(clock or still)
            or any(each.over for each in calendar)
            or not all(each.well for each in chats),
            "last_tick": last.isoformat() if last else None,
            "database": "answers" if answers else "does not answer",
            "clock": clock or "well",
            "standstill": still or "none",
            "calendar": {each.name: each.what for each in calendar} or "well",
            "chats": {each.adapter: _chat(each) for each in chats},
            "watcher": {
                "looked_at": looked.isoformat() if looked else None,
                "found": {each.key: each.since.isoformat() for each in troubles},
            },
        }
        if self._held is not None:
            counts = {"people": len(self._held.members), "held": self._held.notices, "alerts_held": self._held.alerts}
            body["pilot"] = counts
        return JSONResponse(body, 200 if body["ok"] else 503, {"Cache-Control": "no-store"})

    async def _database(self) -> bool:
        if self._asked is None or self._asked.done():
            self._asked = asyncio.create_task(self._ask())
        return await asyncio.shield(self._asked)

    async def _ask(self) -> bool:
        GUEST.set(PATIENCE)
        try:
            self._held = await self._parts.store.run(self._look)
        except Exception:  # whatever it is: the body says so, and whoever needs the database logs it
            return False
        return True

    def _look(self, session: Session) -> Held | None:
        session.execute(text("SELECT 1")).scalar()
        return counted(session, self._parts.pilot)


def _chat(state: AdapterState) -> dict[str, str]:
    """How it is with one chat, for whoever watches the service; without what need not be said."""
    said = {"state": state.standing.value, "since": state.since.isoformat(), "why": state.why or state.trouble}
    if state.ends is not None:
        said["secret_ends"] = state.ends.isoformat()
    return {name: value for name, value in said.items() if value}
