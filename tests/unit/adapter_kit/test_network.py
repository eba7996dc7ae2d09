"""The way out: which proxy, which certificates, and what is said when it does not lead anywhere."""

import ssl
from base64 import b64decode
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import trustme
from aiohttp import web
from yarl import URL

from qabot.adapter_kit.network import NEVER_SENT, read_network, reason
from qabot.errors import SetupError
from tests.support.network import CouncilNetwork, council_network
from tests.support.waiting import LONG

PROXY = "http://proxy.council.example:8080"
SLACK = URL("https://slack.com/api/")
TIMEOUT = aiohttp.ClientTimeout(total=LONG)


@pytest.mark.parametrize(
    ("environ", "url", "through"),
    [
        ({}, "https://slack.com", None),
        ({"HTTPS_PROXY": PROXY}, "https://slack.com", PROXY),
        ({"HTTPS_PROXY": PROXY}, "wss://wss-primary.slack.com/link", PROXY),
        ({"HTTPS_PROXY": PROXY}, "http://slack.com", None),
        ({"HTTP_PROXY": PROXY}, "http://slack.com", PROXY),
        ({"HTTP_PROXY": PROXY}, "https://slack.com", None),
        ({"ALL_PROXY": PROXY}, "https://slack.com", PROXY),
        ({"ALL_PROXY": "http://other", "HTTPS_PROXY": PROXY}, "https://slack.com", PROXY),
        ({"HTTPS_PROXY": "http://other", "https_proxy": PROXY}, "https://slack.com", PROXY),
        ({"HTTPS_PROXY": "http://other", "https_proxy": ""}, "https://slack.com", None),
        ({"HTTPS_PROXY": "proxy.council.example:8080"}, "https://slack.com", PROXY),
        ({"HTTPS_PROXY": PROXY, "HTTP_PROXY": PROXY, "ALL_PROXY": "socks5://unused"}, "https://slack.com", PROXY),
    ],
)
def test_which_proxy_an_address_goes_through(environ: dict[str, str], url: str, through: str | None) -> None:
    found = read_network(environ).proxy(URL(url))
    assert (found.url if found else None) == (URL(through) if through else None)


@pytest.mark.parametrize(
    ("exempt", "host", "goes_without"),
    [
        ("slack.com", "slack.com", True),
        ("slack.com", "hooks.slack.com", True),
        (".slack.com", "hooks.slack.com", True),
        ("*.slack.com", "hooks.slack.com", True),
        ("SLACK.com", "Slack.Com", True),
        ("slack.com", "notslack.com", False),
        ("slack.com", "slack.com.evil.example", False),
        ("internal, slack.com", "slack.com", True),
        ("internal slack.com", "slack.com", True),
        ("*", "slack.com", True),
        ("", "slack.com", False),
        (".", "slack.com", False),
        ("slack.com:443", "slack.com", True),
        ("slack.com:8443", "slack.com", False),
        ("10.0.0.0/8", "10.20.30.40", True),
        ("10.0.0.0/8", "11.20.30.40", False),
        ("10.1.2.3", "10.1.2.3", True),
        ("::1", "[::1]", True),
        ("fd00::/8", "[fd12::1]", True),
        ("10.0.0.0/8", "slack.com", False),
    ],
)
def test_what_goes_without_a_proxy(exempt: str, host: str, goes_without: bool) -> None:
    network = read_network({"HTTPS_PROXY": PROXY, "NO_PROXY": exempt})
    assert (network.proxy(URL(f"https://{host}/x")) is None) == goes_without


def test_one_host_can_be_kept_from_every_proxy() -> None:
    network = read_network({"ALL_PROXY": PROXY}).without_proxy("169.254.169.254")
    assert network.proxy(URL("http://169.254.169.254/metadata")) is None
    assert network.proxy(SLACK)


@pytest.mark.parametrize("value", ["socks5://h:1", "http://", "http://u:s3cret@h:port", "ftp://u:s3cret@h", "://"])
def test_a_proxy_that_is_none_is_named_and_its_password_is_not(value: str) -> None:
    with pytest.raises(SetupError, match="HTTPS_PROXY is no proxy") as raised:
        read_network({"HTTPS_PROXY": value})
    assert "s3cret" not in str(raised.value)


def test_the_password_is_sent_and_never_shown() -> None:
    network = read_network({"HTTPS_PROXY": "http://DOMAIN%5Cqabot:s3cr%40t@proxy:8080"})
    found = network.proxy(SLACK)
    assert found
    assert b64decode(found.headers["Proxy-Authorization"].removeprefix("Basic ")) == b"DOMAIN\\qabot:s3cr@t"
    assert "s3cr" not in repr(network)
    assert found.headers["Proxy-Authorization"] not in repr(network)


@pytest.mark.parametrize("name", ["QABOT_CA_FILE", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"])
def test_certificates_that_are_not_there_are_named(name: str, tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=f"{name} names .*gone, which cannot be read"):
        read_network({name: str(tmp_path / "gone")})
    (tmp_path / "empty.pem").write_text("not a certificate")
    with pytest.raises(SetupError, match=f"{name}: .* holds no certificate that can be read"):
        read_network({name: str(tmp_path / "empty.pem")})


@pytest.fixture
async def network(tmp_path: Path) -> AsyncIterator[CouncilNetwork]:
    """A proxy that wants a password, and `api.test` behind it, which answers "here"."""

    async def here(request: web.Request) -> web.Response:
        return web.Response(text="here")

    app = web.Application()
    app.router.add_get("/", here)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with council_network(tmp_path, "qabot", "s3cr@t") as made:
        await made.serve("api.test", runner.addresses[0][1])
        yield made
    await runner.cleanup()


async def _get(environ: dict[str, str], url: str = "https://api.test/") -> str:
    way = read_network(environ).session(limit=2, keepalive=5, timeout=TIMEOUT)
    async with way as session, session.get(url) as response:
        return await response.text()


async def test_a_request_goes_through_the_proxy_and_believes_the_councils_authority(network: CouncilNetwork) -> None:
    assert await _get(network.environ) == "here"
    assert network.proxy.asked == ["CONNECT api.test:443"]


async def test_the_authority_can_also_stand_in_a_folder_or_in_another_variable(network: CouncilNetwork) -> None:
    environ = {"HTTPS_PROXY": network.environ["HTTPS_PROXY"], "REQUESTS_CA_BUNDLE": network.ca_file}
    assert await _get(environ) == "here"


async def _why(environ: dict[str, str], url: str = "https://api.test/") -> str:
    with pytest.raises((aiohttp.ClientError, TimeoutError)) as raised:
        await _get(environ, url)
    return reason(raised.value)


async def test_each_failure_on_the_way_has_its_sentence(network: CouncilNetwork) -> None:
    good = network.environ
    wrong_password = good | {"HTTPS_PROXY": good["HTTPS_PROXY"].replace("s3cr", "wr0ng")}
    assert "does not know the ones in HTTPS_PROXY (407)" in await _why(wrong_password)
    network.proxy.refusal = "403 Forbidden"
    assert await _why(good) == "the proxy did not connect to api.test (403)"
    assert await _why(good | {"HTTPS_PROXY": "http://u:s3cr@127.0.0.1:9"}) == (
        "the proxy 127.0.0.1:9 could not be reached"
    )
    assert "no connection to 127.0.0.1:9" in await _why({}, "http://127.0.0.1:9")


async def test_a_connection_that_never_stood_has_sent_nothing(network: CouncilNetwork) -> None:
    for network.proxy.broken in (b"", b"not http\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\nno TLS"):
        with pytest.raises(NEVER_SENT) as raised:
            await _get(network.environ)
        assert "s3cr" not in repr(raised.value)


async def test_a_proxy_may_itself_speak_tls(network: CouncilNetwork) -> None:
    port = await network.serve("localhost", network.proxy.port)
    who = network.environ["HTTPS_PROXY"].removeprefix("http://").partition("@")[0]
    assert await _get(network.environ | {"HTTPS_PROXY": f"https://{who}@localhost:{port}"}) == "here"
    assert network.proxy.asked == ["CONNECT api.test:443"]


async def test_another_authority_is_refused_and_the_setting_named(network: CouncilNetwork, tmp_path: Path) -> None:
    trustme.CA().cert_pem.write_to_path(tmp_path / "other.pem")
    for environ in ({"QABOT_CA_FILE": str(tmp_path / "other.pem")}, {"QABOT_CA_FILE": ""}):
        said = await _why(network.environ | environ)
        assert said.startswith("the certificate of api.test is not believed (")
        assert said.endswith("name its file in QABOT_CA_FILE")


async def test_a_certificate_of_another_name_is_refused_without_that_advice(network: CouncilNetwork) -> None:
    network.proxy.routes["other.test"] = network.proxy.routes["api.test"]
    said = await _why(network.environ, "https://other.test/")
    assert "the certificate of other.test is not believed" in said
    assert "QABOT_CA_FILE" not in said


def test_the_systems_certificates_stay_believed(tmp_path: Path) -> None:
    trustme.CA().cert_pem.write_to_path(tmp_path / "ca.pem")
    found = read_network({"QABOT_CA_FILE": str(tmp_path / "ca.pem")}).tls
    assert isinstance(found, ssl.SSLContext)
    assert found.verify_mode is ssl.CERT_REQUIRED
    assert found.check_hostname
    assert len(found.get_ca_certs()) == len(ssl.create_default_context().get_ca_certs()) + 1
