"""Every setting, from the environment (QABOT_...) or, for a secret, from a file (QABOT_..._FILE)."""

import os
import re
import secrets
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from limits import parse
from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from qabot.adapter_kit.secret_files import secret_text
from qabot.database_address import database_problem
from qabot.errors import SetupError
from qabot.house import colour_problem, logo_problem
from qabot.issuers import tenant_of, trouble

PREFIX = "QABOT_"
SECRETS = ("secret_key", "database_url", "smtp_password", "metrics_token", "sign_on_secrets")
TARGETS = ("completion", "grades", "low-grades", "moderation", "actions", "feedback")
"""Which figures can have a target, in a hundred; of those that raise an alert it is the most that there should be."""
RETAINED = ("delivery-log", "survey-answers", "nominations", "absences", "sign-ins", "audit-record")
"""The kinds of data that are kept for a number of days (`qabot.rights.kinds`); the last where a council says so."""
LONGEST_KEPT, SHORTEST_RECORD = 36_500, 365
"""Days. A year of work is asked about as a whole: a slip of the hand (6 for six years) must not take it."""
LEAST_SECRET = 32
"""Characters of a secret key."""


_PATH = re.compile(r"(/[A-Za-z0-9._~-]+)*/?")


class Settings(BaseSettings):
    """The service's settings. Adapters read their own from the same environment."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True)

    database_url: str = Field(default="sqlite:///qabot.sqlite3", description="SQLite file or PostgreSQL server")
    engine: str = Field(
        default="embedded",
        pattern="^(embedded|scaled)$",
        description="embedded: `qabot serve` sends by itself; scaled: `qabot worker` does, on any number of machines",
    )
    framework: str = Field(default="newham", description="The framework's name, or the path of its file")
    base_url: str = Field(default="http://127.0.0.1:8700", description="Where people reach the web inbox")
    hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="Names besides that of the base address by which the pages may be asked for"
    )
    allow_http: bool = Field(default=False, description="Let the base address be plain http: everything can be read")
    host: str = Field(default="127.0.0.1", description="The address to listen on")
    port: int = Field(default=8700, ge=1, le=65535, description="The port to listen on")
    secret_key: str = Field(
        default="", description="Signs personal links and sessions; 32 characters or more; older ones after it"
    )
    session_hours: int = Field(default=12, ge=1, le=168, description="Hours that a sign-in on the pages lasts")
    session_idle_minutes: int = Field(
        default=240, ge=0, le=1440, description="Minutes without a page after which one is signed out; 0 is never"
    )
    colour: str = Field(default="", description="The council's own colour on the pages, such as #0d3b44")
    logo: Path | None = Field(default=None, description="The council's logo on the pages: a .png or .svg file")
    sign_on_issuers: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="Who says who somebody is: issuers of OpenID Connect, such as the council's tenant"
    )
    sign_on_client_ids: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="By which each issuer knows qabot, in the same order"
    )
    sign_on_secrets: str = Field(default="", description="The client secret of each issuer, in the same order")
    sign_on_names: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="What people call each issuer; Microsoft and Google are known"
    )
    sign_on_tab: bool = Field(default=False, description="Let the tab in Teams sign in by itself")
    personal_links: str = Field(
        default="everybody",
        pattern="^(everybody|unbound)$",
        description="Who may use them: everybody, or unbound: whoever has not signed in with an account yet",
    )
    adapters: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="Chat adapters in the order in which a person is tried, such as slack,teams"
    )
    directory: str = Field(
        default="",
        pattern="^(|slack|graph)$",
        description="The directory that is compared with who works here once a day: slack, graph, or none",
    )
    out_of_office: str = Field(
        default="",
        pattern="^(|graph)$",
        description="Whose mailboxes are read for when people will be away: graph, or none",
    )
    pilot: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="E-mail addresses of the only people who are sent to, while a pilot runs"
    )
    retention: Annotated[dict[str, int] | None, NoDecode] = Field(
        default=None, description="How many days some kinds of data are kept, such as absences=14"
    )
    targets: Annotated[dict[str, int] | None, NoDecode] = Field(
        default=None, description="What figures aim at, in a hundred, such as completion=95,low-grades=10"
    )
    messages_folder: Path | None = Field(default=None, description="The council's own messages, by name")
    frameworks_folder: Path | None = Field(default=None, description="The council's own frameworks, by name")
    frame_ancestors: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="Origins that may show the web inbox inside their own pages (Teams, for its tab)"
    )
    clock_believed_after: int = Field(
        default=300,
        ge=10,
        le=86400,
        description="Seconds after which a jump of the machine's clock is believed",
    )
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Addresses or networks of reverse proxies, whose X-Forwarded-For counts",
    )
    connections: int = Field(default=400, ge=10, description="Connections that may be open at a time")
    connections_each: int = Field(default=50, ge=1, description="Connections of one address at a time")
    header_seconds: float = Field(default=10, gt=0, le=600, description="Seconds for a request's headers")
    body_seconds: float = Field(default=30, gt=0, le=600, description="Seconds for a request's body")
    rate_nominations: str = Field(default="20 per hour", description="Nominations of one person")
    rate_links: str = Field(default="20 per hour", description="Links to sign in that one person may ask for")
    rate_sign_ins: str = Field(
        default="60 per minute", description="How often links to sign in may be tried from one address"
    )
    rate_acts: str = Field(default="600 per minute", description="Presses, forms and words of one person")
    rate_calls: str = Field(default="300 per minute", description="Calls of the API by one token")
    webhook_private: bool = Field(
        default=False, description="Let webhooks lead to addresses of the council's own network, or this machine"
    )
    operator_email: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="E-mail addresses of whoever runs the service, told of what is wrong with it"
    )
    smtp_host: str = Field(default="", description="The relay that takes the operator's e-mails")
    smtp_port: int = Field(default=587, ge=1, le=65535, description="The relay's port")
    smtp_tls: str = Field(default="starttls", pattern="^(starttls|tls|none)$", description="starttls, tls or none")
    smtp_from: str = Field(default="", description="The sender of the operator's e-mails")
    smtp_user: str = Field(default="", description="The user who signs in at the relay")
    smtp_password: str = Field(default="", description="The password for the relay")
    heartbeat_url: str = Field(default="", description="An outside https address that is asked while all is well")
    watch_minutes: int = Field(default=5, ge=1, le=60, description="Minutes between two looks of the watcher")
    watch_again_hours: int = Field(default=24, ge=1, le=720, description="Hours after which a trouble is told again")
    watch_disk_megabytes: int = Field(default=500, ge=1, description="Free space below which the disk is a trouble")
    metrics_token: str = Field(default="", description="Who sends it may read /metrics; without it nobody may")
    metrics_port: int = Field(
        default=0, ge=0, le=65535, description="A worker's port for its own numbers, on this machine only; 0 is none"
    )
    log_format: str = Field(default="json", pattern="^(json|text)$", description="json or text")
    demo: bool = Field(default=False, exclude=True, description="Set by `qabot demo` alone")

    @field_validator(
        "adapters",
        "frame_ancestors",
        "hosts",
        "operator_email",
        "pilot",
        "sign_on_client_ids",
        "sign_on_issuers",
        "trusted_proxies",
        mode="before",
    )
    @classmethod
    def _split(cls, value: Any) -> Any:
        if isinstance(value, str):
            return tuple(each.strip() for each in value.replace(",", " ").split())
        return value

    @field_validator("sign_on_names", mode="before")
    @classmethod
    def _names(cls, value: Any) -> Any:
        return tuple(each.strip() for each in value.split(",")) if isinstance(value, str) else value

    @field_validator("sign_on_issuers")
    @classmethod
    def _issuers(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for each in value:
            if wrong := trouble(each):
                raise ValueError(wrong)
        if len({each.rstrip("/") for each in value}) < len(value):
            raise ValueError("one issuer stands there twice")
        return value

    @field_validator("rate_nominations", "rate_links", "rate_sign_ins", "rate_acts", "rate_calls")
    @classmethod
    def _rate(cls, value: str) -> str:
        try:
            parse(value)
        except ValueError:
            raise ValueError(f"expected a rate such as 20 per hour, and {value!r} is none") from None
        return value

    @field_validator("retention", mode="before")
    @classmethod
    def _kinds(cls, value: Any) -> Any:
        if not isinstance(value, str) or not value.strip():
            return value or None
        pairs = [each.partition("=") for each in value.replace(",", " ").split()]
        for name, _, days in pairs:
            if name not in RETAINED or not (days.isdecimal() and 1 <= int(days) <= LONGEST_KEPT):
                kinds = ", ".join(RETAINED)
                raise ValueError(f"expected days for one of {kinds}, such as absences=14, and {name}={days} is none")
            if name == "audit-record" and int(days) < SHORTEST_RECORD:
                raise ValueError(f"an audit's record is kept for {SHORTEST_RECORD} days or more, and {days} are fewer")
        return {name: int(days) for name, _, days in pairs}

    @field_validator("targets", mode="before")
    @classmethod
    def _aims(cls, value: Any) -> Any:
        if not isinstance(value, str) or not value.strip():
            return value or None
        pairs = [each.partition("=") for each in value.replace(",", " ").split()]
        for name, _, many in pairs:
            if name not in TARGETS or not (many.isdecimal() and int(many) <= 100):
                known = ", ".join(TARGETS)
                raise ValueError(f"expected a target of 0 to 100 for one of {known}, and {name}={many} is none")
        return {name: int(many) for name, _, many in pairs}

    @field_validator("pilot", "operator_email")
    @classmethod
    def _addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if wrong := [each for each in value if "@" not in each]:
            raise ValueError(f"expected e-mail addresses of staff, and {wrong[0]!r} is none")
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for each in value:
            try:
                ip_network(each)
            except ValueError:
                raise ValueError(f"expected addresses or networks such as 10.0.0.0/8, and {each!r} is none") from None
        return value

    @field_validator("metrics_token")
    @classmethod
    def _long_enough(cls, value: str) -> str:
        if value and len(value) < LEAST_SECRET:
            raise ValueError(f"expected {LEAST_SECRET} characters or more")
        return value

    @field_validator("colour")
    @classmethod
    def _can_be_read(cls, value: str) -> str:
        if value and (problem := colour_problem(value)):
            raise ValueError(problem)
        return value

    @field_validator("logo")
    @classmethod
    def _can_be_shown(cls, value: Path | None) -> Path | None:
        if value is not None and (problem := logo_problem(value)):
            raise ValueError(problem)
        return value

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if problem := database_problem(value.strip()):
            raise ValueError(problem)
        return value.strip()

    @field_validator("heartbeat_url")
    @classmethod
    def _outside(cls, value: str) -> str:
        # What was given is not repeated: such addresses hold a secret.
        parts = urlsplit(value)
        if value and (parts.scheme != "https" or not parts.hostname):
            raise ValueError("expected an https address")
        return value

    @field_validator("base_url")
    @classmethod
    def _no_slash(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment or "@" in value:
            raise ValueError("expected an address such as https://qabot.council.example")
        if not _PATH.fullmatch(parts.path):
            raise ValueError("expected a path of letters, digits and hyphens, such as /qabot, or none")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _encrypted(self) -> Self:
        if self.smtp_host and self.smtp_tls == "none" and (self.smtp_password or not is_here(self.smtp_host)):
            raise ValueError(
                f"{PREFIX}SMTP_TLS: none is for a relay on this machine without a password; expected starttls or tls"
            )
        return self

    @model_validator(mode="after")
    def _private(self) -> Self:
        if self.is_open and not self.allow_http:
            raise ValueError(
                f"{PREFIX}BASE_URL: with http, whoever is on the way can read everything and sign in as anybody. Give "
                f"the https address, or set {PREFIX}ALLOW_HTTP=yes for a trial with nobody's data"
            )
        return self

    @model_validator(mode="after")
    def _one_of_each(self) -> Self:
        issuers, ids = len(self.sign_on_issuers), len(self.sign_on_client_ids)
        secrets = len(self.sign_on_secret_list)
        if ids != issuers:
            raise ValueError(
                f"{PREFIX}SIGN_ON_CLIENT_IDS: expected one for each of {PREFIX}SIGN_ON_ISSUERS ({issuers}), in the "
                f"same order, and there are {ids}"
            )
        if self.sign_on_tab and not any(tenant_of(each) for each in self.sign_on_issuers):
            raise ValueError(
                f"{PREFIX}SIGN_ON_TAB: the tab in Teams signs in with the council's tenant, and none is in "
                f"{PREFIX}SIGN_ON_ISSUERS"
            )
        if secrets not in (0, issuers):
            raise ValueError(
                f"{PREFIX}SIGN_ON_SECRETS: expected one for each of {PREFIX}SIGN_ON_ISSUERS ({issuers}), one a line or "
                f"with commas between them, and there are {secrets}"
            )
        return self

    @model_validator(mode="after")
    def _ended_sessions_stay_ended(self) -> Self:
        days = (self.retention or {}).get("sign-ins")
        if days is not None and days * 24 < self.session_hours:
            raise ValueError(
                f"{PREFIX}RETENTION: sign-ins={days} forgets that a session was ended while a copy of its cookie still "
                f"counts ({PREFIX}SESSION_HOURS={self.session_hours})"
            )
        return self

    @model_validator(mode="after")
    def _engine_has_its_server(self) -> Self:
        if self.engine == "scaled" and self.database_url.startswith("sqlite"):
            raise ValueError(
                f"{PREFIX}ENGINE: the scaled engine needs PostgreSQL, and {PREFIX}DATABASE_URL names a SQLite file. "
                f"Give postgresql://..., or {PREFIX}ENGINE=embedded"
            )
        return self

    @property
    def secret_keys(self) -> tuple[str, ...]:
        """The secret key, and after it older ones that still count: what the first signs and seals, each can read.

        Where a part is too short to be a key, a comma or line break in it belongs to the one key that there is.
        """
        parts = tuple(each.strip() for each in re.split(r"[,\r\n]+", self.secret_key) if each.strip())
        return parts if parts and all(len(each) >= LEAST_SECRET for each in parts) else (self.secret_key,)

    @property
    def sign_on_secret_list(self) -> tuple[str, ...]:
        """The client secret of each issuer, in the order of `sign_on_issuers`; empty if there are none."""
        return tuple(each.strip() for each in re.split(r"[,\r\n]+", self.sign_on_secrets) if each.strip())

    @property
    def is_open(self) -> bool:
        """Whether what people read and send can be read on the way: http, and not from this machine to itself."""
        return urlsplit(self.base_url).scheme == "http" and not is_here(urlsplit(self.base_url).hostname or "")


def is_here(host: str) -> bool:
    """Whether a host is this machine itself."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def read_settings(**given: Any) -> Settings:
    """The settings; what is given goes before the environment. Raises `SetupError` that names the variable."""
    for name in SECRETS:
        if name not in given and (value := secret(f"{PREFIX}{name.upper()}")):
            given[name] = value
    try:
        return Settings(**given)
    except ValidationError as error:
        lines = [_line(each["loc"], each["msg"].removeprefix("Value error, ")) for each in error.errors()]
        raise SetupError("\n".join(lines)) from None


def _line(place: tuple[int | str, ...], said: str) -> str:
    name = "_".join(map(str, place)).upper()
    return f"{PREFIX}{name}: {said}" if name else said  # what is wrong with several together names them itself


def secret(name: str) -> str:
    """A secret from NAME, or from the file that NAME_FILE names. Raises `SetupError` if that cannot be read."""
    path = os.environ.get(f"{name}_FILE")
    if not path:
        return os.environ.get(name, "")
    try:
        return secret_text(path)
    except OSError as error:
        raise SetupError(f"{name}_FILE names {path}, which cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise SetupError(f"{name}_FILE names {path}, which is no text.") from None


def new_secret() -> str:
    """A secret for the demo, which lasts as long as its process."""
    return secrets.token_urlsafe(32)
