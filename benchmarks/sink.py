"""A platform that takes everything: answers each POST with an id. Prints its port, and ends when its input closes."""

import asyncio
import itertools
import sys

from aiohttp import web


async def main() -> None:
    """Listen on loopback until standard input closes."""
    numbers = itertools.count(1)

    async def take(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(body=b'{"id":"%d"}' % next(numbers), content_type="application/json")

    app = web.Application(client_max_size=2**24)
    app.router.add_post("/", take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(main())
