"""qabot's adapter for Microsoft Teams: `create(service, environ)` is its entry point."""

from collections.abc import Mapping

from qabot.adapter import Adapter, Service
from qabot_teams import proofs, settings
from qabot_teams.adapter import Teams
from qabot_teams.package import write_package

__all__ = ["Teams", "create", "write_package"]


def create(service: Service, environ: Mapping[str, str]) -> Adapter:
    """The adapter, not yet started. Raises `SetupError` that names every setting to mend."""
    given = settings.read(environ)
    proofs.check(given)
    return Teams(service, given)
