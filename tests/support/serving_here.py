"""The whole of `qabot serve` in this process: what its settings say, on a free port, until the test ends it.

A process of its own costs seconds to load what is loaded here already.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest

from qabot.cli import serve
from qabot.settings import read_settings
from qabot.settings_file import take_settings
from qabot.web.server import Server
from qabot.web.server import server as new_server
from qabot.wiring import Qabot, build, check_messages
from tests.support.postgres import free_port
from tests.support.waiting import until


@asynccontextmanager
async def served(given: Mapping[str, str]) -> AsyncIterator[str]:
    """The service with these variables and what the file of settings among them says. Gives its address."""
    async with serving(given) as (address, _):
        yield address


@asynccontextmanager
async def serving(given: Mapping[str, str]) -> AsyncIterator[tuple[str, Qabot]]:
    """The same; its address, and what it is made of."""
    port, made = free_port(), list[Server]()

    def server(*words: Any) -> Server:
        made.append(new_server(*words))
        return made[0]

    with pytest.MonkeyPatch.context() as patch:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("QABOT_")}
        patch.setattr(os, "environ", {**kept, **given, "QABOT_PORT": str(port)})
        patch.setattr(serve, "server", server)
        take_settings(os.environ)
        settings = read_settings()
        qabot = await asyncio.to_thread(build, settings)
        check_messages(qabot.tools, {each.name: each.limits for each in qabot.adapters})
        running = asyncio.create_task(serve._run(qabot, settings))
        await until(lambda: running.done() or (made and made[0].started), "the service's start")
    try:
        if running.done():
            await running
        yield f"http://127.0.0.1:{port}", qabot
    finally:
        if made:
            made[0].should_exit = True
        await running
