"""A connector that takes everything, with its token issuer: prints its port, and ends when its input closes."""

import asyncio
import itertools
import sys

from aiohttp import web


async def main() -> None:
    """Listen on loopback until standard input closes."""
    numbers = itertools.count(1)
    seen: set[object] = set()
    counts = {"tokens": 0}
    keys: dict[str, object] = {"keys": []}

    async def take(request: web.Request) -> web.Response:
        await request.read()
        if request.transport:
            seen.add(request.transport.get_extra_info("peername"))
        return web.Response(body=b'{"id":"%d"}' % next(numbers), content_type="application/json")

    async def token(request: web.Request) -> web.Response:
        counts["tokens"] += 1
        await asyncio.sleep(0.05)
        return web.json_response({"access_token": "x" * 1200, "expires_in": 3600})

    async def member(request: web.Request) -> web.Response:
        who = request.match_info["member"]
        return web.json_response({"id": who, "name": "Priya Raman", "email": f"{who[3:]}@council.example"})

    async def openid(request: web.Request) -> web.Response:
        return web.json_response({"jwks_uri": f"http://{request.host}/keys"})

    async def set_keys(request: web.Request) -> web.Response:
        keys.update(await request.json())
        return web.Response()

    async def get_keys(request: web.Request) -> web.Response:
        return web.json_response(keys)

    async def count(request: web.Request) -> web.Response:
        told = {"tokens": counts["tokens"], "connections": len(seen)}
        seen.clear()
        return web.json_response(told)

    app = web.Application(client_max_size=2**24)
    app.router.add_post("/v3/conversations/{conversation}/activities", take)
    app.router.add_put("/v3/conversations/{conversation}/activities/{message}", take)
    app.router.add_get("/v3/conversations/{conversation}/members/{member}", member)
    app.router.add_post("/{tenant}/oauth2/v2.0/token", token)
    app.router.add_get("/count", count)
    app.router.add_get("/openid", openid)
    app.router.add_put("/keys", set_keys)
    app.router.add_get("/keys", get_keys)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(main())
