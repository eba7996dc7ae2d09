"""What the adapter has open, for itself and for `qabot doctor teams`."""

import aiohttp

from qabot_teams import models
from qabot_teams.connector import Connector, new_session
from qabot_teams.sdk import BotFramework
from qabot_teams.settings import Settings
from qabot_teams.tokens_in import Keys, TokenCheck
from qabot_teams.tokens_out import Credential


class Open:
    """What is open between start and stop. Must be made inside a running event loop."""

    def __init__(self, settings: Settings) -> None:
        self.session: aiohttp.ClientSession = new_session(settings.network)
        self.credential = Credential(settings, self.session)
        self.keys = Keys(self.session, settings.openid_url)
        connector = Connector(settings, self.session, self.credential)
        self.port = BotFramework(TokenCheck(settings, self.keys), connector, models.chosen(settings.sdk))

    async def close(self) -> None:
        """Close it."""
        await self.keys.close()
        await self.session.close()
