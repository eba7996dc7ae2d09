"""Settings: what is missing is named, and nothing unsafe is accepted."""

from pathlib import Path

import pytest

from qabot.errors import SetupError
from qabot_teams.settings import given_credentials, is_local, is_safe, read

ID = "11111111-1111-4111-8111-111111111111"
GOOD = {"QABOT_TEAMS_APP_ID": ID, "QABOT_TEAMS_TENANT_ID": ID, "QABOT_TEAMS_SECRET": "s3cret"}


def test_good_settings_are_read_and_the_secret_is_not_shown() -> None:
    settings = read(GOOD)
    assert settings.allowed_tenants == {ID}
    assert "s3cret" not in repr(settings)


def test_the_secret_can_be_in_a_file(tmp_path: Path) -> None:
    settings = read(GOOD | {"QABOT_TEAMS_SECRET": "", "QABOT_TEAMS_SECRET_FILE": str(tmp_path / "secret")})
    assert given_credentials(settings) == ["QABOT_TEAMS_SECRET_FILE"]


@pytest.mark.parametrize(
    ("given", "identity"), [("yes", ID), ("System", "system"), (ID.upper(), ID), ("no", ""), ("", "")]
)
def test_the_hosts_identity_is_the_bots_own_or_the_systems(given: str, identity: str) -> None:
    secret = "" if identity else "s3cret"
    environ = GOOD | {"QABOT_TEAMS_SECRET": secret, "QABOT_TEAMS_MANAGED_IDENTITY": given}
    assert read(environ).managed_identity == identity


def test_a_platforms_token_is_used_where_nothing_of_ours_is_set() -> None:
    name = "AZURE_FEDERATED_TOKEN_FILE"
    platform = {name: "/var/run/secrets/azure/tokens/azure-identity-token"}
    assert given_credentials(read(GOOD | platform)) == ["QABOT_TEAMS_SECRET"]
    assert (
        read(GOOD | platform | {"QABOT_TEAMS_SECRET": ""}).federated_token_file
        == platform["AZURE_FEDERATED_TOKEN_FILE"]
    )


def test_the_hosts_identity_endpoint_is_used_where_it_has_one() -> None:
    given = {
        "QABOT_TEAMS_SECRET": "",
        "QABOT_TEAMS_MANAGED_IDENTITY": "yes",
        "IDENTITY_ENDPOINT": "http://127.0.0.1:41/x",
    }
    settings = read(GOOD | given | {"IDENTITY_HEADER": "h"})
    assert (settings.identity_url, settings.identity_header) == ("http://127.0.0.1:41/x", "h")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"QABOT_TEAMS_APP_ID": ""}, "QABOT_TEAMS_APP_ID must be an id"),
        ({"QABOT_TEAMS_TENANT_ID": "council"}, "QABOT_TEAMS_TENANT_ID must be an id"),
        ({"QABOT_TEAMS_SECRET": ""}, "The bot has no credential. Set one of"),
        (
            {"QABOT_TEAMS_MANAGED_IDENTITY": "yes"},
            "Set only one of QABOT_TEAMS_SECRET and QABOT_TEAMS_MANAGED_IDENTITY",
        ),
        ({"QABOT_TEAMS_SECRET_FILE": "/x"}, "Set only one of QABOT_TEAMS_SECRET and QABOT_TEAMS_SECRET_FILE"),
        ({"QABOT_TEAMS_CERTIFICATE_FILE": "/x"}, "Set only one of"),
        ({"QABOT_TEAMS_FEDERATED_TOKEN_FILE": "/x"}, "Set only one of"),
        ({"QABOT_TEAMS_FEDERATED_IDENTITY": ID}, "Set only one of"),
        ({"QABOT_TEAMS_SECRET": "", "QABOT_TEAMS_FEDERATED_IDENTITY": "mine"}, "must be the client id of a managed"),
        ({"QABOT_TEAMS_SECRET": "", "QABOT_TEAMS_MANAGED_IDENTITY": "mine"}, "must be yes or system"),
        ({"QABOT_TEAMS_LOGIN_URL": "http://login.example"}, "QABOT_TEAMS_LOGIN_URL must start with https://"),
        ({"QABOT_TEAMS_LOGIN_URL": "https://"}, "QABOT_TEAMS_LOGIN_URL must start with https://"),
        ({"QABOT_TEAMS_SERVICE_URL": "https://[x"}, "QABOT_TEAMS_SERVICE_URL must start with https://"),
        ({"QABOT_TEAMS_CLOUD": "moon"}, "must be public, gcc, gcc-high, dod or china"),
        ({"QABOT_TEAMS_SECRET_ENDS": "31 March"}, "QABOT_TEAMS_SECRET_ENDS must be a day such as 2027-03-31"),
        ({"QABOT_TEAMS_AUTH": "anonymous"}, "take QABOT_TEAMS_SECRET away"),
    ],
)
def test_what_is_wrong_is_named(change: dict[str, str], said: str) -> None:
    with pytest.raises(SetupError) as raised:
        read(GOOD | change)
    assert said in str(raised.value)


def test_anonymous_mode_must_be_asked_for_by_name() -> None:
    assert read({"QABOT_TEAMS_AUTH": "anonymous"}).anonymous
    with pytest.raises(SetupError):
        read({})


def test_what_is_local_and_what_is_safe() -> None:
    assert all(is_local(host) for host in ("127.0.0.1", "127.9.9.9", "localhost", "::1"))
    assert not any(is_local(host) for host in ("10.0.0.1", "localhost.example", "", None, "0.0.0.0"))
    assert is_safe("https://council.example")
    assert is_safe("http://127.0.0.1:1")
    assert not any(is_safe(url) for url in ("http://10.0.0.1", "https://", "https://[x", "ftp://127.0.0.1", "", "x"))
