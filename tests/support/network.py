"""A council's network: a proxy that tunnels (CONNECT), TLS in front of a server, and an authority of the council's own.

The names that tests use (`slack.test`) are known to the proxy alone, so what arrives came through it.
"""

import asyncio
import ssl
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import trustme


class Pipes:
    """Connections under way, ended together."""

    def __init__(self) -> None:
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0

    async def start(self, context: ssl.SSLContext | None = None) -> None:
        self._server = await asyncio.start_server(self._begin, "127.0.0.1", 0, ssl=context)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _begin(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        try:
            await self.serve(reader, writer)
        except (OSError, asyncio.IncompleteReadError, ssl.SSLError, asyncio.CancelledError):
            pass
        finally:
            writer.close()
            self._tasks.discard(task)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        raise NotImplementedError


async def _join(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int) -> None:
    """Carry bytes both ways until one side ends."""
    there, here = await asyncio.open_connection("127.0.0.1", port)

    async def carry(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        while data := await source.read(65536):
            target.write(data)
            await target.drain()

    ways = [asyncio.ensure_future(carry(reader, here)), asyncio.ensure_future(carry(there, writer))]
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        here.close()


class TlsFront(Pipes):
    """TLS with its own certificate before a server that speaks plainly."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self._to = port

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _join(reader, writer, self._to)


class CouncilProxy(Pipes):
    """Tunnels to the places that it knows by name. `asked` is what it was asked for, refused or not.

    `refusal` is a status with which it refuses; `broken` what it says before it hangs up.
    """

    def __init__(self, user: str = "", password: str = "") -> None:
        super().__init__()
        self._header = b64encode(f"{user}:{password}".encode()).decode() if user else ""
        self.routes: dict[str, int] = {}
        self.asked: list[str] = []
        self.refusal = ""
        self.broken: bytes | None = None

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, target, _ = head[0].split(" ")
        self.asked.append(f"{method} {target}")
        if self.broken is not None:
            writer.write(self.broken)
            return
        allowed = not self._header or f"proxy-authorization: basic {self._header}".lower() in map(str.lower, head)
        answer = self.refusal if allowed else "407 Proxy Authentication Required"
        host, _, _port = target.rpartition(":")
        if not answer and (method != "CONNECT" or host not in self.routes):
            answer = "502 Bad Gateway"
        writer.write(f"HTTP/1.1 {answer or '200 Connection established'}\r\n".encode())
        writer.write(b"Content-Length: 0\r\n\r\n" if answer else b"\r\n")
        await writer.drain()
        if not answer:
            await _join(reader, writer, self.routes[host])


@dataclass
class CouncilNetwork:
    """The proxy, and the authority that signs what stands behind it."""

    proxy: CouncilProxy
    folder: Path
    user: str = ""
    password: str = ""
    authority: trustme.CA = field(default_factory=trustme.CA)
    _fronts: list[TlsFront] = field(default_factory=list)

    @property
    def ca_file(self) -> str:
        """The authority's certificate, as a file."""
        path = self.folder / "council-ca.pem"
        self.authority.cert_pem.write_to_path(path)
        return str(path)

    @property
    def environ(self) -> dict[str, str]:
        """What a host of the council has set."""
        who = f"{self.user}:{self.password.replace('@', '%40')}@" if self.user else ""
        return {"HTTPS_PROXY": f"http://{who}127.0.0.1:{self.proxy.port}", "QABOT_CA_FILE": self.ca_file}

    async def serve(self, name: str, port: int) -> int:
        """Put TLS for `name` before the server at `port`, behind the proxy; the TLS port, for what goes without."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.authority.issue_cert(name).configure_cert(context)
        front = TlsFront(port)
        await front.start(context)
        self._fronts.append(front)
        self.proxy.routes[name] = front.port
        return front.port

    async def stop(self) -> None:
        for each in (*self._fronts, self.proxy):
            await each.stop()


@asynccontextmanager
async def council_network(folder: Path, user: str = "", password: str = "") -> AsyncIterator[CouncilNetwork]:
    """A proxy on loopback, and nothing behind it yet."""
    network = CouncilNetwork(CouncilProxy(user, password), folder, user, password)
    await network.proxy.start()
    try:
        yield network
    finally:
        await network.stop()
