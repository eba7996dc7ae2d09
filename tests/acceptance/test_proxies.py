"""The examples of reverse proxies are run in front of a real service: sign-in, headers, sub-path and limits.

What differs from the files that ship: ports, the certificate, and where a program keeps what it writes.
"""

import asyncio
import re
import shutil
import ssl
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from xml.etree import ElementTree

import httpx
import pytest
import trustme
from sqlmodel import select

from qabot.cli.databases import open_quietly
from qabot.models import Event, Person
from qabot.models.migrate import upgrade
from qabot.scheduler.clock import SystemClock
from qabot.settings import read_settings
from qabot.web.guards import LONGEST_ANSWER
from qabot.web.signin import personal_url
from tests.support.postgres import free_port
from tests.support.serving_here import served
from tests.support.waiting import LONG, until

PROXIES = Path(__file__).parents[2] / "deploy" / "proxy"
NAME = "qabot.council.example"
NGINX, CADDY = shutil.which("nginx", path="/usr/sbin:/usr/bin"), shutil.which("caddy")
NO_NGINX = pytest.mark.skipif(NGINX is None, reason="nginx is not here")
NO_CADDY = pytest.mark.skipif(CADDY is None, reason="Caddy is not here")
KEY = "a secret key for the tests, long enough"
MOUNTED = """
daemon off; master_process off; pid {folder}/pid; error_log stderr warn;
events {{}}
http {{
access_log off;
client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
{text}
}}
"""


def nginx(folder: Path, port: int, behind: int, path: str) -> list[str]:
    """The command that runs nginx on a port, before what listens behind."""
    text = (PROXIES / "nginx.conf").read_text("utf-8")
    for old, new in (
        ("listen 443 ssl", f"listen 127.0.0.1:{port} ssl"),
        ("127.0.0.1:8700", f"127.0.0.1:{behind}"),
        ("/etc/ssl/qabot", str(folder)),
        ("location / {", f"location {path}/ {{"),
        ("location /in/ {", f"location {path}/in/ {{"),
    ):
        assert text.count(old) >= 1, old
        text = text.replace(old, new)
    (folder / "nginx.conf").write_text(MOUNTED.format(folder=folder, text=text), "utf-8")
    return [str(NGINX), "-p", str(folder), "-c", str(folder / "nginx.conf")]


def caddy(folder: Path, port: int, behind: int, path: str) -> list[str]:
    """The same for Caddy."""
    text = (PROXIES / "Caddyfile").read_text("utf-8")
    tls = f"tls {folder}/fullchain.pem {folder}/privkey.pem\n"
    text = text.replace("admin off\n", "admin off\n\tauto_https disable_redirects\n")
    text = text.replace(f"\n{NAME} {{\n", f"\nhttps://{NAME}:{port} {{\n\tbind 127.0.0.1\n\t{tls}")
    text = text.replace("127.0.0.1:8700", f"127.0.0.1:{behind}")
    if path:
        text = text.replace("\thandle {\n", f"\thandle {path}/* {{\n")
    (folder / "Caddyfile").write_text(text, "utf-8")
    return [str(CADDY), "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]


@asynccontextmanager
async def standing(command: list[str], folder: Path, port: int) -> AsyncIterator[None]:
    """The program, from when it listens."""
    log = folder / "log"
    with open(log, "wb") as into:  # noqa: ASYNC230 - a file of the test's own
        environ = {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
        program: Process = await asyncio.create_subprocess_exec(
            *command, stdin=DEVNULL, stdout=into, stderr=into, env=environ
        )
    words = log.read_text
    try:
        await until(lambda: program.returncode is not None or listens(port), "a proxy that listens")
        assert program.returncode is None, words("utf-8")
        yield
    finally:
        if program.returncode is None:
            program.terminate()
        await program.wait()


def listens(port: int) -> bool:
    import socket

    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def certificate(folder: Path) -> ssl.SSLContext:
    """A certificate for the name in the folder; what believes it."""
    authority = trustme.CA()
    issued = authority.issue_cert(NAME)
    issued.private_key_pem.write_to_path(folder / "privkey.pem")
    for pem in issued.cert_chain_pems:
        pem.write_to_path(folder / "fullchain.pem", append=True)
    believing = ssl.create_default_context()
    authority.configure_trust(believing)
    return believing


@pytest.mark.parametrize(
    ("proxy", "path"),
    [
        pytest.param(nginx, "", marks=NO_NGINX, id="nginx"),
        pytest.param(caddy, "/qabot", marks=NO_CADDY, id="caddy, below a path"),
    ],
)
async def test_the_example_is_a_way_in_for_people_and_for_nobody_else(
    proxy: Callable[[Path, int, int, str], list[str]], path: str, tmp_path: Path
) -> None:
    base = f"https://{NAME}{path}"
    given = {
        "QABOT_DATABASE_URL": f"sqlite:///{tmp_path}/qabot.sqlite3",
        "QABOT_SECRET_KEY": KEY,
        "QABOT_BASE_URL": base,
        "QABOT_RATE_SIGN_INS": "4 per minute",
        # An issuer that does not answer: the service starts and goes on all the same.
        "QABOT_SIGN_ON_ISSUERS": f"http://127.0.0.1:{free_port()}",
        "QABOT_SIGN_ON_CLIENT_IDS": "qabot",
    }
    settings = read_settings(database_url=given["QABOT_DATABASE_URL"], secret_key=KEY, base_url=base)
    store = open_quietly(settings)
    upgrade(store)
    with store.transaction() as session:
        session.add(ana := Person(name="Ana Costa", email="ana@council.example"))
        session.flush()
        number = ana.id
    port, believing = free_port(), certificate(tmp_path)
    async with (
        served(given) as address,
        standing(proxy(tmp_path, port, int(address.rsplit(":", 1)[1]), path), tmp_path, port),
    ):
        transport = httpx.AsyncHTTPTransport(verify=believing)
        async with httpx.AsyncClient(transport=_Here(transport, port), timeout=LONG) as http:
            link = personal_url(settings, number or 0, SystemClock().now(), "/inbox")
            page = await http.get(link)
            assert "Ana Costa" in page.text, page.text
            csrf = re.search(r'name="csrf" value="([^"]+)"', page.text)
            assert csrf is not None
            entered = await http.post(
                link, data={"csrf": csrf[1]}, headers={"origin": f"https://{NAME}"}, follow_redirects=True
            )
            assert (entered.status_code, str(entered.url)) == (200, f"{base}/inbox")
            assert (await http.get(f"{base}/owe")).status_code == 200
            style = re.search(r'href="([^"]+style\.css[^"]*)"', entered.text)
            assert style is not None
            assert (await http.get(f"https://{NAME}{style[1]}")).headers["content-type"].startswith("text/css")
            # Whoever says that they come from elsewhere is counted as who they are: four tries of one address.
            tried = [
                (await http.get(f"{base}/in/x{each}", headers={"X-Forwarded-For": f"10.9.9.{each}"})).status_code
                for each in range(4)
            ]
            assert tried == [403, 403, 400, 400]
            long_way_back = await http.get(f"{base}/sign-on/back?state=x&code={'x' * 6000}")
            assert "That is more than qabot takes at a time" in long_way_back.text, "it came through to qabot"
            async with httpx.AsyncClient(transport=_Here(transport, port), timeout=LONG) as other:
                nobody = await other.get(f"{base}/sign-on/0?to=/owe")
                assert (nobody.status_code, "does not answer just now" in nobody.text) == (503, True)
            assert (await http.get(f"{base}/owe")).status_code == 200
            large = await http.post(f"{base}/act", content=b"x" * 4_000_000)
            assert large.status_code in (413, 502)  # Caddy 2.6 says of what it cuts off that the way on failed
    with store.transaction() as session:
        assert session.exec(select(Event).where(Event.what == "signed-in")).one().actor_id == number
    store.close()


class _Here(httpx.AsyncBaseTransport):
    """The name leads to this machine's port, as the council's own names would lead to the proxy."""

    def __init__(self, inner: httpx.AsyncBaseTransport, port: int) -> None:
        self._inner, self._port = inner, port

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        request.extensions["sni_hostname"] = NAME
        request.url = request.url.copy_with(host="127.0.0.1", port=self._port)
        answer = await self._inner.handle_async_request(request)
        request.url = request.url.copy_with(host=NAME, port=None)
        return answer

    async def aclose(self) -> None:
        await self._inner.aclose()


def test_the_example_for_iis_says_what_the_others_say() -> None:
    """IIS is not on these machines: the file is well formed, and passes on, limits and packs as the others do."""
    root = ElementTree.parse(PROXIES / "web.config").getroot()
    action = root.find(".//rule/action")
    assert action is not None
    assert action.attrib["url"] == "http://127.0.0.1:8700/{R:1}"
    limits = root.find(".//requestLimits")
    assert limits is not None
    assert limits.attrib["maxAllowedContentLength"] == str(3 * 1024 * 1024)
    assert int(limits.attrib["maxQueryString"]) >= LONGEST_ANSWER, "with which a browser comes back from an issuer"
    variable = root.find(".//serverVariables/set")
    assert variable is not None
    assert variable.attrib == {"name": "HTTP_X_FORWARDED_PROTO", "value": "https"}
