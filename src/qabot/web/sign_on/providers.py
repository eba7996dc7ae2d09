"""Who says who somebody is: the issuers of the settings, and what of a token each of them stands for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol
from urllib.parse import urlsplit

from qabot.issuers import tenant_of
from qabot.web.sign_on.refusals import Refusal

GOOGLE = "https://accounts.google.com"
_TRUE = (True, "true")


class Kind(StrEnum):
    """Whose accounts they are: what a token of each has differs."""

    entra = "entra"
    google = "google"
    other = "other"


class SignOnSettings(Protocol):
    """What the settings say of issuers: a client id and a secret of each, in the same order."""

    @property
    def sign_on_issuers(self) -> Sequence[str]:
        """Their addresses."""

    @property
    def sign_on_client_ids(self) -> Sequence[str]:
        """By which each of them knows qabot."""

    @property
    def sign_on_secret_list(self) -> Sequence[str]:
        """With which qabot shows each of them who it is."""

    @property
    def sign_on_names(self) -> Sequence[str]:
        """What people call each of them; fewer than there are issuers leaves the rest their usual names."""


@dataclass(frozen=True, slots=True)
class Known:
    """Whom a token is about: the account itself, and the addresses that its issuer vouches for.

    `issuer` and `subject` never change and are what is bound; addresses only find the person at the first sign-in.
    `missing`: why there is none, which matters to nobody who is bound.
    """

    issuer: str
    subject: str
    addresses: tuple[str, ...]
    missing: Refusal | None = None


@dataclass(frozen=True, slots=True)
class Provider:
    """One issuer: what people call it, and the client id and secret by which it knows qabot."""

    issuer: str
    client_id: str
    secret: str = field(default="", repr=False)
    given_name: str = ""

    @property
    def kind(self) -> Kind:
        """Whose accounts they are."""
        if self.tenant:
            return Kind.entra
        return Kind.google if self.issuer == GOOGLE else Kind.other

    @property
    def name(self) -> str:
        """What people call it."""
        usual = {Kind.entra: "Microsoft", Kind.google: "Google"}
        return self.given_name or usual.get(self.kind) or urlsplit(self.issuer).hostname or self.issuer

    @property
    def tenant(self) -> str:
        """The tenant whose people it knows; "" of any other than Entra ID."""
        return tenant_of(self.issuer)

    @property
    def issuers(self) -> tuple[str, ...]:
        """How a token may name it. Google leaves the scheme out of some."""
        return (self.issuer, "accounts.google.com") if self.kind is Kind.google else (self.issuer,)

    def known(self, claims: Mapping[str, Any]) -> Known:
        """Whom these claims, whose signature was checked, are about. Raises `Refusal` with the claim that is amiss."""
        match self.kind:
            case Kind.entra:
                return self._of_entra(claims)
            case Kind.google if not claims.get("hd"):
                # Anybody can make an account with a council's address; only its organisation's own counts.
                raise Refusal("guest", "an account of no organisation (hd)")
        try:
            return Known(self.issuer.rstrip("/"), _text(claims, "sub"), _verified(claims))
        except _NoAddress as wrong:
            return Known(self.issuer.rstrip("/"), _text(claims, "sub"), (), Refusal(wrong.why, wrong.detail))

    def _of_entra(self, claims: Mapping[str, Any]) -> Known:
        """By tenant and object id, which are the same for each application of a tenant, also for the tab in Teams."""
        if _text(claims, "tid").lower() != self.tenant:
            raise Refusal("wrong-tenant", "another tenant's account (tid)")
        guest = str(claims.get("acct", "0")) == "1" or claims.get("idp", claims["iss"]) != claims["iss"]
        if guest:
            raise Refusal("guest", "a guest's account (idp, acct)")
        # A user name is given by the tenant alone. An e-mail is vouched for only where Entra ID says that it is.
        named = [claims.get("preferred_username") or claims.get("upn")]
        named += [claims.get("email")] if claims.get("xms_edov") in (*_TRUE, 1, "1") else []
        addresses = [each for each in named if isinstance(each, str) and "@" in each and "#" not in each]
        missing = None if addresses else Refusal("claim-missing", "no address (preferred_username)")
        return Known(self.issuer.rstrip("/"), _text(claims, "oid").lower(), _folded(addresses), missing)


def providers_of(settings: SignOnSettings) -> tuple[Provider, ...]:
    """The providers of the settings, whose lists are known to be as long as each other."""
    names = [*settings.sign_on_names, *[""] * len(settings.sign_on_issuers)]
    secrets = [*settings.sign_on_secret_list, *[""] * len(settings.sign_on_issuers)]
    return tuple(
        Provider(issuer, client_id, secret, name)
        for issuer, client_id, secret, name in zip(
            settings.sign_on_issuers, settings.sign_on_client_ids, secrets, names, strict=False
        )
    )


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not value or len(value) > 255:
        raise Refusal("claim-missing", f"nothing under {name}")
    return value


class _NoAddress(Refusal):
    """No address that the issuer vouches for."""


def _verified(claims: Mapping[str, Any]) -> tuple[str, ...]:
    address = claims.get("email")
    if not isinstance(address, str) or "@" not in address:
        raise _NoAddress("claim-missing", "no address (email)")
    if claims.get("email_verified") not in _TRUE:
        raise _NoAddress("unverified", "an address that is not verified (email_verified)")
    return _folded([address])


def _folded(addresses: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.strip().lower() for each in addresses))
