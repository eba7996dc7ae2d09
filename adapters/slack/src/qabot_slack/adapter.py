"""The adapter: everything above put together."""

from collections.abc import AsyncIterator, Mapping, Sequence

from starlette.types import ASGIApp

from qabot.adapter import (
    Address,
    DirectoryEntry,
    Finding,
    Outcome,
    OutOfReach,
    Part,
    Rate,
    RefusedForAll,
    RetryAfter,
    Service,
    StaffMember,
)
from qabot.adapter_kit.drafts import Drafts
from qabot.errors import ChatAway, ChatNotOpen, ChatRefused
from qabot.messaging.card import Card, Limits
from qabot.messaging.letters import units
from qabot_slack import blocks, preview
from qabot_slack.answering import Answering
from qabot_slack.api import Api
from qabot_slack.background import Background, Once
from qabot_slack.doctor import Doctor
from qabot_slack.home import Home
from qabot_slack.http import PATH, Endpoint
from qabot_slack.inbound import Inbound, bolt
from qabot_slack.outcomes import CallFailed, outcome
from qabot_slack.people import NAME, People
from qabot_slack.presses import Presses
from qabot_slack.screen import Screen
from qabot_slack.send import Sender
from qabot_slack.setting_up import SETTING_UP
from qabot_slack.settings import Settings, read
from qabot_slack.socket import Sockets
from qabot_slack.submissions import Submissions
from qabot_slack.validate import message_problems
from qabot_slack.words import Words


class SlackAdapter:
    """Slack, as `qabot.adapter.Adapter` describes a chat platform."""

    name = NAME
    setting_up = SETTING_UP
    limits = Limits(title=150, text=3000, label=75, buttons=25, blocks=50, pictures=True)
    # One message a second to each conversation; "several hundred a minute" to a workspace, so 300.
    rate = Rate(everybody=((300, 60.0),), conversation=((1, 1.0),))
    out_of_reach = OutOfReach(
        no_account="Slack has no full member with this person's e-mail address.",
        advice=(
            "Invite them to the workspace with the e-mail address that qabot has of them. Guests are not written to.",
            "If they are there with another address: write the right one into Slack, or into the list of people that "
            "you import. qabot compares the two a few times a day.",
            "Where Slack says that an account is deactivated, the workspace's owner can bring it back.",
        ),
    )

    def __init__(self, service: Service, settings: Settings) -> None:
        self._settings = settings
        self._api = Api(settings)
        self._background = Background()
        self._sender = Sender(self._api, background=self._background)
        self._people = People(self._api)
        self._home = Home(self._api, self._people, service, self._background)
        self._app = bolt(settings, self._people, self._inbound(service))
        self._sockets = Sockets(self._api, self._app) if settings.mode == "socket" else None

    def send_only(self) -> None:
        """Leave Socket Mode to another process: Slack gives an app ten connections, and each request to one of them."""
        self._sockets = None

    def _inbound(self, service: Service) -> Inbound:
        once, drafts = Once(), Drafts()
        screen = Screen(self._api, self._sender, self._home, drafts, service)
        answering = Answering(self._people, screen)
        sent = Submissions(service, answering, screen, drafts, self._home, self._api, once, self._background)
        presses = Presses(service, answering, once)
        words = Words(service, answering, once)
        return Inbound(service, self._people, self._home, presses, sent, words, once, self._background)

    async def start(self) -> None:
        """Ask Slack who we are, and keep the connections. Raises `ChatAway`, `ChatRefused`."""
        try:
            await self._people.identify(again=True)
        except CallFailed as failed:
            raise _not_open(failed) from failed
        if self._sockets:
            self._sockets.start()

    async def stop(self) -> None:
        """Close every connection, after what was begun is done."""
        if self._sockets:
            await self._sockets.stop()
        await self.settle()
        await self._api.close()

    def trouble(self) -> str:
        """Why Slack cannot hand over presses, in Socket Mode."""
        return self._sockets.trouble if self._sockets else ""

    def renewed(self) -> bool:
        """Whether a file with a token was written since it was read."""
        return self._api.secrets.renewed()

    def credential_ends(self) -> None:
        """Slack's tokens last until they are revoked."""

    async def settle(self) -> None:
        """Let what was begun after acknowledgements come to its end."""
        await self._background.finish()

    async def send(self, address: Address, card: Card) -> Outcome:
        """Post a card to one person."""
        return await self._sender.send(address, card)

    async def update(self, address: Address, message_id: str, card: Card) -> Outcome:
        """Redraw a card that was posted."""
        return await self._sender.update(address, message_id, card)

    async def home_changed(self, address: Address) -> None:
        """Redraw the home tab of somebody who has opened theirs."""
        self._home.changed(address.external_id)

    def check(self, card: Card) -> list[str]:
        """What Slack would refuse, and what would be cut where no link can show the rest."""
        problems = message_problems(blocks.message(card))
        if units(card.title) > self.limits.title:
            problems.append(f"title: more than {self.limits.title} characters")
        long = [button.label for button in card.all_buttons() if units(button.label) > self.limits.label]
        return problems + [f'button "{label}": more than {self.limits.label} characters' for label in long]

    def preview(self, card: Card) -> Sequence[Part]:
        """What of it people will see."""
        return tuple(preview.parts(card))

    def app(self) -> tuple[str, ASGIApp] | None:
        """The endpoint for Slack's requests, in HTTP mode."""
        if self._settings.mode != "http":
            return None
        return PATH, Endpoint(self._app, self._api.secrets)

    async def directory(self) -> Sequence[DirectoryEntry]:
        """Everybody in the workspace. Raises `DirectoryUnread`."""
        return await self._people.directory()

    async def staff(self) -> Sequence[StaffMember]:
        """The workspace's full members. Raises `DirectoryUnread`."""
        return await self._people.staff()

    async def find(self, email: str) -> Sequence[DirectoryEntry]:
        """The member with this address, if there is one. Raises `DirectoryUnread`."""
        return await self._people.find(email)

    def doctor(self) -> AsyncIterator[Finding]:
        """Check token, scopes, clock, connection, directory and posting."""
        return Doctor(self._settings).findings()


def create(service: Service, environ: Mapping[str, str]) -> SlackAdapter:
    """The adapter with the settings in `environ`. Raises `SetupError`."""
    return SlackAdapter(service, read(environ))


def _not_open(failed: CallFailed) -> ChatNotOpen:
    result = outcome(failed)
    if isinstance(result, RefusedForAll):
        return ChatRefused(f"Slack does not let qabot in: {result.reason}")
    if isinstance(result, RetryAfter):
        return ChatAway(f"{result.reason}.", result.seconds)
    return ChatAway(f"Slack could not be asked who we are: {failed.sentence_end}.")
