"""The secrets in use. One that was renewed in its file is taken without a restart."""

import os

import structlog

from qabot.errors import SetupError
from qabot_slack.settings import Settings

log = structlog.get_logger()
Marks = tuple[tuple[int, int, int], ...]


class Secrets:
    """Token, app token and signing secret, as the settings had them, or as their files have them since."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._marks = self._look()

    @property
    def bot_token(self) -> str:
        """The bot's token."""
        return self._settings.bot_token

    @property
    def app_token(self) -> str:
        """The app-level token; "" outside Socket Mode."""
        return self._settings.app_token

    @property
    def signing_secret(self) -> str:
        """What Slack signs its requests with."""
        return self._settings.signing_secret

    def renewed(self) -> bool:
        """Whether a file was written since it was last read. Costs no reading, so that anybody may cause it."""
        return self._look() != self._marks

    def renew(self) -> bool:
        """Take what stands in the files; True if something is new. What cannot be used leaves the last in use."""
        marks = self._look()
        if marks == self._marks or self._settings.source is None:
            return False
        self._marks = marks
        before = self._settings
        try:
            self._settings = self._settings.source()
        except SetupError as wrong:
            log.warning("the last secret stays in use", action="slack-secret-unread", error=str(wrong))
            return False
        return before != self._settings

    def _look(self) -> Marks:
        return tuple(_mark(path) for path in self._settings.files)


def _mark(path: str) -> tuple[int, int, int]:
    try:
        status = os.stat(path)
    except OSError:
        return (0, 0, 0)
    return (status.st_mtime_ns, status.st_ino, status.st_size)
