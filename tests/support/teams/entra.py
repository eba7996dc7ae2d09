"""Entra's token endpoint: it takes a secret, or an assertion whose every claim, name and signature it checks."""

import itertools
import time
from base64 import b64decode, urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import jwt
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LONGEST = 3600
"""Seconds that an assertion of a client's may last here; msal's last ten minutes."""


class Refused(Exception):
    """What the endpoint says, in Entra's own words."""


@dataclass(frozen=True)
class Federation:
    """A federated credential of the registration: whose tokens stand in for an assertion."""

    issuer: str
    subject: str
    key: RSAPublicKey
    audience: str = "api://AzureADTokenExchange"


@dataclass
class Entra:
    """One registration. `authority` is trusted for any certificate of the name `subject` (subject name and issuer)."""

    tenant: str
    app: str
    secret: str = ""
    certificates: list[x509.Certificate] = field(default_factory=list)
    authority: x509.Certificate | None = None
    name: str = ""
    federations: list[Federation] = field(default_factory=list)
    taken: list[dict[str, Any]] = field(default_factory=list)
    """The headers and claims of the assertions that were taken."""

    def check(self, form: Mapping[str, Any], url: str) -> None:
        """Raises `Refused` unless this form proves the app at `url`, which holds the tenant."""
        if f"/{self.tenant}/" not in url:
            raise Refused("AADSTS90002: Tenant not found.")
        if (form.get("grant_type"), form.get("client_id")) != ("client_credentials", self.app):
            raise Refused("AADSTS700016: Application was not found in the directory.")
        if ("client_secret" in form) == ("client_assertion" in form):
            raise Refused("AADSTS7000216: 'client_assertion' or 'client_secret' is required, and only one of them.")
        if "client_secret" in form:
            if not self.secret or form["client_secret"] != self.secret:
                raise Refused("AADSTS7000215: Invalid client secret provided.")
            return
        if form.get("client_assertion_type") != ASSERTION_TYPE:
            raise Refused("AADSTS50027: The client assertion type is not supported.")
        self._check_assertion(str(form["client_assertion"]), url)

    def _check_assertion(self, assertion: str, url: str) -> None:
        try:
            header = jwt.get_unverified_header(assertion)
            claims = jwt.decode(assertion, options={"verify_signature": False})
        except jwt.PyJWTError as wrong:
            raise Refused("AADSTS50027: JWT token is invalid or malformed.") from wrong
        if claims.get("iss") == self.app:
            checked = self._check_own(assertion, header, url)
        else:
            checked = self._check_federated(assertion, claims)
        self.taken.append({"header": header, "claims": checked})

    def _check_own(self, assertion: str, header: Mapping[str, Any], url: str) -> dict[str, Any]:
        key = self._certificate(header).public_key()
        assert isinstance(key, RSAPublicKey)
        if header.get("alg") not in ("PS256", "RS256"):
            raise Refused("AADSTS5002730: Invalid JWT token. Unsupported key for the signing algorithm.")
        claims = self._decoded(assertion, key, str(header["alg"]), url, ["exp", "iat", "jti", "sub"])
        if claims["sub"] != self.app or claims["exp"] - claims["iat"] > LONGEST:
            raise Refused("AADSTS700021: Client assertion application identifier or lifetime does not match.")
        if claims["jti"] in [each["claims"].get("jti") for each in self.taken]:
            raise Refused("AADSTS700024: this assertion was used before.")
        return claims

    def _certificate(self, header: Mapping[str, Any]) -> x509.Certificate:
        thumbprint = header.get("x5t#S256", "")
        named = urlsafe_b64decode(thumbprint + "=" * (-len(thumbprint) % 4))
        known = [*self.certificates, *self._by_authority(header)]
        found = next((each for each in known if each.fingerprint(hashes.SHA256()) == named), None)
        if found is None:
            raise Refused("AADSTS700027: The certificate with this identifier is not registered on the application.")
        if found.not_valid_after_utc.timestamp() < time.time():  # real time: a token carries the time of day
            raise Refused("AADSTS1000502: The provided certificate is not within its specified validity window.")
        return found

    def _by_authority(self, header: Mapping[str, Any]) -> list[x509.Certificate]:
        """The certificate that came along, if our authority signed it for our name."""
        if self.authority is None or not header.get("x5c"):
            return []
        chain = [*(x509.load_der_x509_certificate(b64decode(each)) for each in header["x5c"]), self.authority]
        try:
            for each, issuer in itertools.pairwise(chain):
                each.verify_directly_issued_by(issuer)
        except (ValueError, TypeError, InvalidSignature) as wrong:
            raise Refused("AADSTS700027: The certificate's issuer is not trusted.") from wrong
        names = chain[0].extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        if self.name not in names.get_values_for_type(x509.DNSName):
            raise Refused("AADSTS700027: The certificate's subject name is not trusted.")
        return chain[:1]

    def _check_federated(self, assertion: str, claims: Mapping[str, Any]) -> dict[str, Any]:
        who = (claims.get("iss"), claims.get("sub"))
        found = next((each for each in self.federations if (each.issuer, each.subject) == who), None)
        if found is None:
            raise Refused("AADSTS70021: No matching federated identity record found for presented assertion.")
        return self._decoded(assertion, found.key, "RS256", found.audience, ["exp", "iat"])

    def _decoded(
        self, assertion: str, key: RSAPublicKey, algorithm: str, audience: str, needed: list[str]
    ) -> dict[str, Any]:
        try:
            claims: dict[str, Any] = jwt.decode(assertion, key, [algorithm], {"require": needed}, audience=audience)
        except jwt.InvalidAudienceError as wrong:
            raise Refused("AADSTS700212: No matching audience found for presented assertion.") from wrong
        except jwt.PyJWTError as wrong:
            raise Refused(f"AADSTS700024: Client assertion is not good: {wrong}.") from wrong
        return claims
