"""The app, installed for somebody through Microsoft Graph, where the council grants that (QABOT_TEAMS_INSTALL_APP)."""

from urllib.parse import quote

import aiohttp
import structlog

from qabot.adapter_kit.network import reason
from qabot_teams.settings import Settings
from qabot_teams.tokens_out import Credential, TokenRefused, TokenUnavailable

HAS_IT = {201, 409}
"""Graph has installed it, or it was there."""
log = structlog.get_logger(__name__)


async def install(settings: Settings, session: aiohttp.ClientSession, credential: Credential, account: str) -> bool:
    """Install the app for an account, once; whether it has the app now. Raises nothing, and logs what went wrong.

    It needs the application permission TeamsAppInstallation.ReadWriteSelfForUser.All.
    """
    scope = f"{settings.graph_url}/.default"
    url = f"{settings.graph_url}/v1.0/users/{quote(account, safe='')}/teamwork/installedApps"
    body = {"teamsApp@odata.bind": f"{settings.graph_url}/v1.0/appCatalogs/teamsApps/{settings.install_app}"}
    try:
        headers = {"Authorization": f"Bearer {await credential.token(scope)}"}
        async with session.post(url, json=body, headers=headers, allow_redirects=False) as response:
            if response.status == 401:
                credential.forget(scope)
            wrong = f"Microsoft Graph answered {response.status}"
            if response.status in HAS_IT:
                log.info("the app was installed for somebody", action="teams-app-installed")
                return True
    except (TokenRefused, TokenUnavailable, aiohttp.ClientError, TimeoutError, OSError) as failed:
        wrong = reason(failed)
    log.warning("the app could not be installed for somebody", action="teams-install-refused", reason=wrong)
    return False
