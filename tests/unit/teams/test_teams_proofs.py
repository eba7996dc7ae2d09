"""How the bot proves who it is: each way against an endpoint that checks every claim, and files that change."""

import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import jwt
import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

from qabot.adapter import Address, Sent
from qabot.errors import SetupError
from qabot_teams import Teams, create
from qabot_teams.doctor import findings
from tests.support.teams.connector import APP, IDENTITY, IDENTITY_ISSUER, TENANT, Connector
from tests.support.teams.entra import Federation
from tests.support.teams.issuer import new_key
from tests.support.teams.service import MemoryService, alert_card

NO_SECRET = {"QABOT_TEAMS_SECRET": ""}
GRAPH = {"QABOT_TEAMS_DIRECTORY": "graph"}
ENDS = datetime(2031, 3, 3, tzinfo=UTC)


@dataclass
class Made:
    """A certificate of the bot's own, as an administrator makes one."""

    key: Any
    certificate: x509.Certificate

    def write(self, path: Path, *, passphrase: str = "", key: bool = True, certificate: bool = True) -> str:
        how = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
        parts = [self.certificate.public_bytes(Encoding.PEM)] if certificate else []
        parts += [self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, how)] if key else []
        path.write_bytes(b"".join(parts))
        return str(path)


def new_certificate(ends: datetime = ENDS) -> Made:
    key, name = new_key(), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "qabot")])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(x509.random_serial_number()).not_valid_after(ends)
    return Made(key, made.not_valid_before(ends - timedelta(days=3650)).sign(key, hashes.SHA256()))


@pytest.fixture
async def connector() -> AsyncIterator[Connector]:
    made = Connector()
    await made.start()
    made.secret = ""
    yield made
    await made.stop()


def _adapter(connector: Connector, **given: str) -> Teams:
    adapter = create(MemoryService(), connector.environ() | NO_SECRET | GRAPH | given)
    assert isinstance(adapter, Teams)
    return adapter


async def _sends(connector: Connector, adapter: Teams) -> None:
    """It sends a card and reads the staff list, each with a token of its own, and keeps both."""
    person = connector.people.get("oid-priya") or connector.add("Priya Raman")
    given = connector.tokens_given
    for _ in range(5):
        assert isinstance(await adapter.send(Address(1, person.account), alert_card()), Sent)
        assert list(await adapter.directory())
    assert connector.tokens_given - given <= 2


async def _works(connector: Connector, **given: str) -> Teams:
    adapter = _adapter(connector, **given)
    await adapter.start()
    try:
        await _sends(connector, adapter)
    finally:
        await adapter.stop()
    assert set(connector.audiences) == {"https://api.botframework.com/.default", f"{connector.url}/.default"}
    return adapter


async def _advice(connector: Connector, **given: str) -> str:
    found = [each async for each in _adapter(connector, **given).doctor() if each.check.startswith("Credential")]
    assert len(found) == 1
    return "" if found[0].ok else found[0].advice


async def test_a_certificate_is_named_and_signs_each_request_anew(connector: Connector, tmp_path: Path) -> None:
    made = new_certificate()
    connector.entra.certificates = [made.certificate]
    await _works(connector, QABOT_TEAMS_CERTIFICATE_FILE=made.write(tmp_path / "bot.pem"))
    headers = [each["header"] for each in connector.entra.taken]
    assert len(headers) == 2
    assert all(each["alg"] == "PS256" and "x5t#S256" in each and "x5c" not in each for each in headers)
    claims = connector.entra.taken[0]["claims"]
    assert claims["exp"] - claims["iat"] == 600


async def test_a_key_may_have_a_passphrase_in_a_file(connector: Connector, tmp_path: Path) -> None:
    made = new_certificate()
    connector.entra.certificates = [made.certificate]
    (tmp_path / "phrase").write_text("tr1cky\n")
    given = {"QABOT_TEAMS_CERTIFICATE_FILE": made.write(tmp_path / "bot.pem", passphrase="tr1cky")}
    await _works(connector, **given, QABOT_TEAMS_CERTIFICATE_PASSPHRASE_FILE=str(tmp_path / "phrase"))
    adapter = await _works(connector, **given, QABOT_TEAMS_CERTIFICATE_PASSPHRASE="tr1cky")
    assert "tr1cky" not in repr(adapter.settings)


def _by_authority(path: Path, name: str = "qabot.council.example") -> tuple[trustme.CA, str]:
    """A certificate that an authority of the council's signed, in a file with the key first."""
    authority = trustme.CA()
    issued = authority.create_child_ca().issue_cert(name, key_type=trustme.KeyType.RSA)
    path.write_bytes(issued.private_key_and_cert_chain_pem.bytes())
    return authority, str(path)


async def test_the_chain_lets_the_registration_trust_an_authority(connector: Connector, tmp_path: Path) -> None:
    authority, path = _by_authority(tmp_path / "bot.pem")
    connector.entra.authority = x509.load_pem_x509_certificate(authority.cert_pem.bytes())
    connector.entra.name = "qabot.council.example"
    assert "AADSTS700027" in await _advice(connector, QABOT_TEAMS_CERTIFICATE_FILE=path)
    await _works(connector, QABOT_TEAMS_CERTIFICATE_FILE=path, QABOT_TEAMS_CERTIFICATE_CHAIN="yes")
    assert len(connector.entra.taken[0]["header"]["x5c"]) == 2
    _, other = _by_authority(tmp_path / "other.pem")
    said = await _advice(connector, QABOT_TEAMS_CERTIFICATE_FILE=other, QABOT_TEAMS_CERTIFICATE_CHAIN="yes")
    assert "AADSTS700027" in said


async def test_a_certificate_that_is_not_registered_is_told_with_what_to_do(
    connector: Connector, tmp_path: Path
) -> None:
    said = await _advice(connector, QABOT_TEAMS_CERTIFICATE_FILE=new_certificate().write(tmp_path / "bot.pem"))
    assert "AADSTS700027" in said
    assert "Upload the certificate" in said


def _platform(connector: Connector, path: Path, **changes: Any) -> str:
    """A token of Kubernetes for the bot's service account, whose issuer the registration trusts."""
    key, now = new_key(), int(time.time())  # real time: a token carries the time of day
    who = {"iss": "https://oidc.cluster.example/", "sub": "system:serviceaccount:qabot:qabot"}
    connector.entra.federations = [Federation(who["iss"], who["sub"], key.public_key())]
    claims = who | {"aud": "api://AzureADTokenExchange", "iat": now, "exp": now + 3600} | changes
    path.write_text(jwt.encode(claims, key, "RS256") + "\n")
    return str(path)


@pytest.mark.parametrize("name", ["QABOT_TEAMS_FEDERATED_TOKEN_FILE", "AZURE_FEDERATED_TOKEN_FILE"])
async def test_a_platforms_token_stands_in(connector: Connector, tmp_path: Path, name: str) -> None:
    path = _platform(connector, tmp_path / "token")
    await _works(connector, **{name: path})


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"aud": "api://elsewhere"}, "AADSTS700212"),
        ({"sub": "system:serviceaccount:qabot:other"}, "AADSTS70021"),
        ({"exp": 1_700_000_000}, "AADSTS700024"),
    ],
)
async def test_a_platforms_token_that_is_not_trusted_is_told_with_what_to_do(
    connector: Connector, tmp_path: Path, changes: dict[str, Any], said: str
) -> None:
    path = _platform(connector, tmp_path / "token", **changes)
    advice = await _advice(connector, QABOT_TEAMS_FEDERATED_TOKEN_FILE=path)
    assert said in advice
    assert "issuer, subject and audience" in advice


@pytest.mark.parametrize("given", [IDENTITY, "system"])
async def test_a_managed_identity_stands_in(connector: Connector, given: str) -> None:
    key = connector.issuer.keys[connector.issuer.current].public_key()
    connector.entra.federations = [Federation(IDENTITY_ISSUER, IDENTITY, key)]
    await _works(connector, QABOT_TEAMS_FEDERATED_IDENTITY=given)
    assert set(connector.identities) == {given}


@pytest.mark.parametrize(("given", "asked"), [("yes", APP), ("system", "system")])
async def test_a_managed_identity_that_is_the_bots_own_needs_no_proof(
    connector: Connector, given: str, asked: str
) -> None:
    adapter = _adapter(connector, QABOT_TEAMS_MANAGED_IDENTITY=given)
    await adapter.start()
    await adapter.stop()
    assert connector.identities == [asked]
    assert connector.audiences == ["https://api.botframework.com"]


@pytest.mark.parametrize("name", ["QABOT_TEAMS_MANAGED_IDENTITY", "QABOT_TEAMS_FEDERATED_IDENTITY"])
async def test_a_host_without_an_identity_service_is_told_where_it_was_looked_for(
    connector: Connector, name: str
) -> None:
    gone = "http://127.0.0.1:9/identity"
    said = await _advice(connector, **{name: "system", "QABOT_TEAMS_IDENTITY_URL": gone})
    assert f"Is the identity service of this host at {gone}?" in said


Write = Callable[[Connector, Path], None]


def _secret_anew(connector: Connector, path: Path) -> None:
    connector.secret = f"secret of {path.stat().st_mtime_ns if path.exists() else 0}"
    path.write_text(f"{connector.secret}\n")


def _certificate_anew(connector: Connector, path: Path) -> None:
    made = new_certificate()
    connector.entra.certificates = [made.certificate]
    made.write(path)


def _platform_anew(connector: Connector, path: Path) -> None:
    _platform(connector, path)


@pytest.mark.parametrize(
    ("name", "anew"),
    [
        ("QABOT_TEAMS_SECRET_FILE", _secret_anew),
        ("QABOT_TEAMS_CERTIFICATE_FILE", _certificate_anew),
        ("QABOT_TEAMS_FEDERATED_TOKEN_FILE", _platform_anew),
    ],
)
async def test_what_was_renewed_is_taken_without_a_restart(
    connector: Connector, tmp_path: Path, name: str, anew: Write
) -> None:
    path = tmp_path / "file"
    anew(connector, path)
    adapter = _adapter(connector, **{name: str(path)})
    await adapter.start()
    try:
        assert not adapter.renewed()
        anew(connector, path)
        assert adapter.renewed()
        _forget(adapter)
        await _sends(connector, adapter)
        assert not adapter.renewed()
        path.write_text("-----BEGIN")
        path.write_bytes(b"\xff")
        _forget(adapter)
        await _sends(connector, adapter)
        assert not adapter.renewed(), "what is half written is no new one"
        path.unlink()
        _forget(adapter)
        await _sends(connector, adapter)
    finally:
        await adapter.stop()


def _forget(adapter: Teams) -> None:
    """As if the tokens had come to their end."""
    assert adapter._open
    adapter._open.credential.tokens.held.clear()


async def test_the_end_of_a_certificate_is_known_and_warned_of(connector: Connector, tmp_path: Path) -> None:
    made = new_certificate()
    connector.entra.certificates = [made.certificate]
    adapter = _adapter(connector, QABOT_TEAMS_CERTIFICATE_FILE=made.write(tmp_path / "bot.pem"))
    await adapter.start()
    try:
        assert adapter.credential_ends() == ENDS
        assert adapter._open
        for days, ok in ((31, True), (29, False), (-1, False)):
            now = (ENDS - timedelta(days=days)).timestamp()
            found = findings(adapter.settings, adapter._service, adapter._open, wall=partial(float, now))
            [credential] = [each async for each in found if each.check.startswith("Credential")]
            assert credential.check == "Credential: certificate, good until 3 March 2031"
            assert credential.ok == ok
            assert ("without a restart" in credential.advice) != ok
    finally:
        await adapter.stop()


async def test_a_certificate_past_its_end_is_refused_by_the_service_and_not_by_us(
    connector: Connector, tmp_path: Path
) -> None:
    made = new_certificate(datetime(2025, 1, 1, tzinfo=UTC))
    connector.entra.certificates = [made.certificate]
    said = await _advice(connector, QABOT_TEAMS_CERTIFICATE_FILE=made.write(tmp_path / "bot.pem"))
    assert "not within its specified validity window" in said


def _without_key(path: Path) -> None:
    new_certificate().write(path, key=False)


def _without_certificate(path: Path) -> None:
    new_certificate().write(path, certificate=False)


def _of_two(path: Path) -> None:
    new_certificate().write(path, certificate=False)
    path.write_bytes(path.read_bytes() + new_certificate().certificate.public_bytes(Encoding.PEM))


def _encrypted(path: Path) -> None:
    new_certificate().write(path, passphrase="tr1cky")


def _elliptic(path: Path) -> None:
    issued = trustme.CA().issue_cert("qabot.test", key_type=trustme.KeyType.ECDSA)
    path.write_bytes(issued.private_key_and_cert_chain_pem.bytes())


@pytest.mark.parametrize(
    ("write", "given", "said"),
    [
        (lambda path: None, {}, "QABOT_TEAMS_CERTIFICATE_FILE cannot be read: No such file"),
        (lambda path: path.write_text("junk"), {}, "holds no private key that can be read. It must be PEM"),
        (_without_key, {}, "holds no private key"),
        (_without_certificate, {}, "holds a private key, but no certificate to it"),
        (_of_two, {}, "the private key is not that of any certificate in the file"),
        (_elliptic, {}, "is not RSA"),
        (_encrypted, {}, "is encrypted: set QABOT_TEAMS_CERTIFICATE_PASSPHRASE_FILE"),
        (_encrypted, {"QABOT_TEAMS_CERTIFICATE_PASSPHRASE": "other"}, "or the passphrase is wrong"),
        (
            lambda path: new_certificate().write(path),
            {"QABOT_TEAMS_CERTIFICATE_PASSPHRASE": "other"},
            "is not encrypted: take the passphrase away",
        ),
        (_encrypted, {"QABOT_TEAMS_CERTIFICATE_PASSPHRASE_FILE": "/gone"}, "PASSPHRASE_FILE cannot be read"),
    ],
)
def test_what_is_wrong_with_a_certificates_file_is_said_at_once(
    connector_environ: dict[str, str], tmp_path: Path, write: Callable[[Path], None], given: dict[str, str], said: str
) -> None:
    path = tmp_path / "bot.pem"
    write(path)
    with pytest.raises(SetupError) as raised:
        create(MemoryService(), connector_environ | {"QABOT_TEAMS_CERTIFICATE_FILE": str(path)} | given)
    assert said in str(raised.value)
    assert "tr1cky" not in str(raised.value)


@pytest.mark.parametrize("name", ["QABOT_TEAMS_SECRET_FILE", "QABOT_TEAMS_FEDERATED_TOKEN_FILE"])
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read: No such file"),
        (b" \n", "is empty"),
        (b"\xff\xfe", "is empty"),
        (b"\x80\x81", "is no text"),
        (b"\xff\xfe\x00", "is no text"),
    ],
)
def test_what_is_wrong_with_another_file_is_said_at_once(
    connector_environ: dict[str, str], tmp_path: Path, name: str, content: bytes | None, said: str
) -> None:
    path = tmp_path / "file"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SetupError, match=f"Teams: {name} .*{said}.* See docs/teams.md"):
        create(MemoryService(), connector_environ | {name: str(path)})


@pytest.fixture
def connector_environ() -> dict[str, str]:
    return {"QABOT_TEAMS_APP_ID": APP, "QABOT_TEAMS_TENANT_ID": TENANT}


async def test_no_token_is_asked_for_with_a_broken_proof(connector: Connector, tmp_path: Path) -> None:
    """Whatever happens to the file between the check and the first token."""
    made = new_certificate()
    adapter = _adapter(connector, QABOT_TEAMS_CERTIFICATE_FILE=made.write(tmp_path / "bot.pem"))
    (tmp_path / "bot.pem").unlink()
    found = [each async for each in adapter.doctor() if each.check.startswith("Credential")]
    assert "cannot be read" in found[0].advice
    assert connector.tokens_given == 0


def test_the_keys_are_what_the_library_reads(tmp_path: Path) -> None:
    """A file in either order, and with what tools put around it."""
    from qabot_teams.certificates import load_certificate

    made = new_certificate()
    path = tmp_path / "bot.pem"
    made.write(path)
    data = path.read_bytes()
    assert load_pem_private_key(data, None)
    around = b"Bag Attributes\n    localKeyID: 01\nsubject=CN = qabot\n"
    first, second = data.split(b"-----BEGIN PRIVATE KEY-----")
    path.write_bytes(around + b"-----BEGIN PRIVATE KEY-----" + second + around + first)
    found = load_certificate(str(path), "")
    assert found.thumbprint == made.certificate.fingerprint(hashes.SHA256()).hex().upper()
    assert found.ends == ENDS
