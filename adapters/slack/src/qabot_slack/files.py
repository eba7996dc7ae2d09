"""Pictures as files of the workspace, which a message's image blocks name.

A file goes up before its message is posted: what waits for one is certainly not taken yet, so that nothing is in doubt
if the process dies meanwhile. The file that is left then is seen by nobody: it was shared with no conversation. Slack
takes some moments to make a file ready after it says that it has it, and refuses a block that names it before that.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from time import monotonic

import structlog

from qabot.messaging.card import Card, Picture
from qabot.messaging.letters import cut
from qabot_slack.api import Api
from qabot_slack.background import Background
from qabot_slack.elements import Json, plain_text
from qabot_slack.outcomes import CallFailed

log = structlog.get_logger()
SOON = 3.0
"""Seconds after which a message that waits for its pictures is tried again."""
READY_WITHIN = 60.0
"""Seconds after which a file that Slack does not show is given up, and the message goes without it."""
AGAIN = 3600.0
"""Seconds after which a picture that could not be uploaded is tried again."""
REMEMBERED = 100
NAME = "results.png"
ALT, ALT_OF_FILE, TITLE = 2000, 1000, 200


@dataclass(slots=True)
class _File:
    """A picture on its way: its id once it is there, since when, until when it is not tried (monotonic seconds)."""

    id: str = ""
    since: float = 0.0
    refused_until: float = 0.0


class Files:
    """Uploads each picture once, however many people are sent it."""

    def __init__(self, api: Api, background: Background, now: Callable[[], float] = monotonic) -> None:
        self._api, self._background, self._now = api, background, now
        self._known: OrderedDict[str, _File] = OrderedDict()

    def waiting(self, card: Card) -> bool:
        """Whether the card has pictures that are not there yet; those that nobody fetches begin to go up."""
        files = [self._file(each) for each in _pictures(card)]
        return any(not file.id and not self._is_refused(file) for file in files)

    def blocks(self, card: Card) -> dict[int, list[Json]]:
        """What stands for each picture that is there, by the block's id."""
        shown: dict[int, list[Json]] = {}
        for each in _pictures(card):
            file = self._known.get(_name(each))
            if file is not None and file.id and not self._is_refused(file):
                shown[id(each)] = [_image(each, file.id)]
        return shown

    def refused(self, card: Card) -> bool:
        """Slack did not take a message with these; whether they may only not be ready yet."""
        now, young = self._now(), False
        for each in _pictures(card):
            file = self._known.get(_name(each))
            if file is None or not file.id:
                continue
            if now - file.since < READY_WITHIN:
                young = True
                continue
            file.refused_until = now + AGAIN
            log.warning("Slack does not show a picture", action="slack-picture-refused", file=file.id)
        return young

    def _is_refused(self, file: _File) -> bool:
        return self._now() < file.refused_until

    def _file(self, picture: Picture) -> _File:
        name = _name(picture)
        file = self._known.get(name)
        if file is None or (file.refused_until and not self._is_refused(file)):
            file = self._known[name] = _File()
            self._background.start(self._upload(picture, file), what="a picture")
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return file

    async def _upload(self, picture: Picture, file: _File) -> None:
        try:
            said, title = cut(picture.alt, ALT_OF_FILE), cut(picture.title, TITLE)
            file.id = await self._api.upload(picture.png, NAME, said, title)
            file.since = self._now()
        except CallFailed as failed:
            log.warning("a picture was not uploaded", action="slack-picture-failed", error=failed.error)
        finally:
            if not file.id:
                file.refused_until = self._now() + AGAIN


def _pictures(card: Card) -> Sequence[Picture]:
    return [block for block in card.blocks if isinstance(block, Picture) and block.png]


def _name(picture: Picture) -> str:
    return sha256(picture.png).hexdigest()


def _image(picture: Picture, file: str) -> Json:
    said = cut(picture.alt.strip() or picture.title, ALT)
    return {
        "type": "image",
        "title": plain_text(picture.title, TITLE),
        "slack_file": {"id": file},
        "alt_text": said,
    }
