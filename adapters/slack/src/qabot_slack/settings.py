"""Settings, from the environment. Each secret may also stand in a file, named by the same variable with `_FILE`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from qabot.adapter_kit.network import Network, read_network
from qabot.adapter_kit.secret_files import secret_text
from qabot.errors import SetupError

SLACK_API = "https://slack.com/api/"
SECRETS = ("QABOT_SLACK_BOT_TOKEN", "QABOT_SLACK_APP_TOKEN", "QABOT_SLACK_SIGNING_SECRET")
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


@dataclass(frozen=True, slots=True)
class Settings:
    """What the adapter needs. Secrets stay out of `repr`, so that no log can show them."""

    bot_token: str = field(repr=False)
    app_token: str = field(default="", repr=False)
    signing_secret: str = field(default="", repr=False)
    api_url: str = SLACK_API
    mode: str = "socket"
    admin: str = ""
    network: Network = field(default_factory=Network)
    files: tuple[str, ...] = ()
    """The files that hold secrets."""
    source: "Callable[[], Settings] | None" = field(default=None, repr=False, compare=False)
    """Reads them all again. Raises `SetupError`."""


def read(environ: Mapping[str, str]) -> Settings:
    """The settings in `environ`. Raises `SetupError` with what to set."""
    mode = environ.get("QABOT_SLACK_MODE", "socket").strip().lower()
    if mode not in {"socket", "http"}:
        raise SetupError(f'QABOT_SLACK_MODE is "{mode}": it must be "socket" or "http".')
    return Settings(
        bot_token=_token(environ, "QABOT_SLACK_BOT_TOKEN", "xoxb-", "OAuth & Permissions, Bot User OAuth Token"),
        app_token=_app_token(environ, mode),
        signing_secret=_signing_secret(environ, mode),
        api_url=_api_url(environ.get("QABOT_SLACK_API_URL", "").strip() or SLACK_API),
        mode=mode,
        admin=environ.get("QABOT_SLACK_ADMIN", "").strip(),
        network=read_network(environ),
        files=tuple(path for name in SECRETS if (path := environ.get(f"{name}_FILE", "").strip())),
        source=lambda: read(environ),
    )


def _app_token(environ: Mapping[str, str], mode: str) -> str:
    if mode != "socket":
        return ""
    return _token(environ, "QABOT_SLACK_APP_TOKEN", "xapp-", "Basic Information, App-Level Tokens")


def _signing_secret(environ: Mapping[str, str], mode: str) -> str:
    secret = _secret(environ, "QABOT_SLACK_SIGNING_SECRET")
    if mode == "http" and not secret:
        raise SetupError(
            "QABOT_SLACK_SIGNING_SECRET is not set. It stands in Slack's app settings under Basic Information, "
            "App Credentials; without it anybody could press buttons."
        )
    return secret


def _token(environ: Mapping[str, str], name: str, starts: str, where: str) -> str:
    token = _secret(environ, name)
    if not token:
        raise SetupError(f"{name} is not set. It stands in Slack's app settings under {where}.")
    if not token.startswith(starts):
        raise SetupError(f'{name} does not start with "{starts}": it is another kind of token. See {where}.')
    return token


def _secret(environ: Mapping[str, str], name: str) -> str:
    if environ.get(name, "").strip():
        return environ[name].strip()
    path = environ.get(f"{name}_FILE", "").strip()
    if not path:
        return ""
    try:
        return secret_text(path)
    except OSError as wrong:
        raise SetupError(f"{name}_FILE names a file that cannot be read: {wrong.strerror}.") from wrong
    except UnicodeDecodeError:
        raise SetupError(f"{name}_FILE names a file that is no text.") from None


def _api_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        good = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    except ValueError:
        good = False
    if not good or not parts.hostname:
        raise SetupError("QABOT_SLACK_API_URL must start with https:// and name a host: tokens are sent there.")
    return url if url.endswith("/") else url + "/"
