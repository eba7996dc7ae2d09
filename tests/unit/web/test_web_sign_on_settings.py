"""What the settings of single sign-on take, and what is said of what they do not."""

from pathlib import Path

import pytest

from qabot.cli.checks import signing_in
from qabot.errors import SetupError
from qabot.settings import read_settings
from qabot.web.sign_on.providers import providers_of
from tests.support.oidc import provider
from tests.unit.web.world import Hands

TENANT = "https://login.microsoftonline.com/11111111-2222-4333-8444-555555555555/v2.0"
GOOGLE = "https://accounts.google.com"


def test_issuers_ids_secrets_and_names_stand_in_one_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = tmp_path / "secrets"
    secrets.write_text("of~the.tenant\nof-google\n")
    for name, value in {
        "ISSUERS": f"{TENANT}, {GOOGLE}",
        "CLIENT_IDS": "one, two",
        "SECRETS_FILE": str(secrets),
        "NAMES": "your work account",
    }.items():
        monkeypatch.setenv(f"QABOT_SIGN_ON_{name}", value)
    first, second = providers_of(read_settings())
    assert (first.issuer, first.client_id, first.secret, first.name) == (
        TENANT,
        "one",
        "of~the.tenant",
        "your work account",
    )
    assert (second.issuer, second.client_id, second.secret, second.name) == (GOOGLE, "two", "of-google", "Google")
    assert "tenant" not in repr(first).replace(TENANT, "")


@pytest.mark.parametrize(
    ("issuer", "said"),
    [
        ("https://login.microsoftonline.com/common/v2.0", "not the council's own tenant"),
        ("https://login.microsoftonline.com/council.onmicrosoft.com/v2.0", "not the council's own tenant"),
        ("http://login.council.example", "is not https"),
        ("login.council.example", "expected addresses such as"),
        ("https://user:pass@login.council.example", "expected addresses such as"),
        (f"{GOOGLE} {GOOGLE}/", "stands there twice"),
    ],
)
def test_an_issuer_that_cannot_be_one_is_refused_by_name(issuer: str, said: str) -> None:
    with pytest.raises(SetupError, match="QABOT_SIGN_ON_ISSUERS") as wrong:
        read_settings(sign_on_issuers=issuer, sign_on_client_ids="one two")
    assert said in str(wrong.value)


def test_there_is_one_of_each() -> None:
    with pytest.raises(SetupError, match="QABOT_SIGN_ON_CLIENT_IDS: expected one for each"):
        read_settings(sign_on_issuers=f"{TENANT},{GOOGLE}", sign_on_client_ids="one")
    with pytest.raises(SetupError, match="QABOT_SIGN_ON_SECRETS: expected one for each"):
        read_settings(sign_on_issuers=GOOGLE, sign_on_client_ids="one", sign_on_secrets="a,b")


def test_the_doctor_asks_each_issuer() -> None:
    with provider(Hands().now) as oidc:
        settings = read_settings(sign_on_issuers=oidc.issuer, sign_on_client_ids="one", sign_on_secrets="x")
        assert [(each.ok, each.advice) for each in signing_in(settings)] == [(True, "")]
        oidc.odd = {"document-issuer"}
        [found] = signing_in(settings)
        assert (found.ok, "it calls itself" in found.advice) == (False, True)
        oidc.go()
        [found] = signing_in(settings)
        assert (found.ok, "could not be reached" in found.advice) == (False, True)
    assert signing_in(read_settings()) == ()
