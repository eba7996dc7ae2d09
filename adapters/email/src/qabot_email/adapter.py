"""The adapter: cards go out as mails, and nothing comes in. What people do, they do on the pages of the inbox."""

from collections.abc import AsyncIterator, Mapping, Sequence

from starlette.types import ASGIApp

from qabot.adapter import (
    Address,
    Ambiguous,
    DirectoryEntry,
    Finding,
    Outcome,
    OutOfReach,
    Part,
    Rate,
    RefusedForAll,
    RefusedForPerson,
    RetryAfter,
    Sent,
    Service,
)
from qabot.errors import ChatAway, ChatRefused
from qabot.messaging.card import Card, Limits
from qabot_email import drawing
from qabot_email.graph import Graph
from qabot_email.mail import compose
from qabot_email.relay import CONNECTIONS, Relay
from qabot_email.setting_up import SETTING_UP
from qabot_email.settings import Settings, address_problem, read


class Email:
    """E-mail. Replies, bounces and out-of-office answers are not read: a press is made on a signed-in page alone."""

    name = "email"
    setting_up = SETTING_UP
    limits = Limits(
        title=drawing.LONGEST_TITLE,
        text=drawing.LONGEST_TEXT,
        label=drawing.LONGEST_TITLE,
        buttons=drawing.MOST_BUTTONS,
        blocks=drawing.MOST_BLOCKS,
        pictures=True,
    )
    rate = Rate(everybody=((5, 1.0), (200, 60.0)), conversation=((5, 60.0),), at_once=CONNECTIONS)
    out_of_reach = OutOfReach(
        "Nobody with this address is written to by e-mail.",
        ("See that the address in the list of people is right, and that its domain is in QABOT_EMAIL_DOMAINS.",),
    )

    def __init__(self, service: Service, settings: Settings) -> None:
        self._settings = settings
        self._way = "Microsoft Graph" if settings.by_graph else "the mail relay"
        self._relay = Graph(settings, settings.entra) if settings.by_graph and settings.entra else Relay(settings)

    async def start(self) -> None:
        """See that the relay is there, and lets qabot in. Raises `ChatAway`, `ChatRefused`."""
        fault = await self._relay.look()
        if isinstance(fault, RefusedForAll):
            raise ChatRefused(fault.reason)
        if isinstance(fault, RetryAfter):
            raise ChatAway(fault.reason, fault.seconds)

    async def stop(self) -> None:
        """Close every connection."""
        await self._relay.close()

    async def send(self, address: Address, card: Card) -> Outcome:
        """Send a card as a mail of its own."""
        return await self._mail(address, card)

    async def update(self, address: Address, message_id: str, card: Card) -> Outcome:
        """A mail cannot be redrawn. An alert that has changed is worth another one in its thread; nothing else is.

        Whatever else changed stands on the page to which every link of the first mail leads. A second mail that was
        perhaps taken counts as taken: two of them would be one too many.
        """
        if card.lane != "alert":
            return Sent(message_id)
        result = await self._mail(address, card, after=message_id)
        return Sent(message_id) if isinstance(result, Sent | Ambiguous) else result

    async def _mail(self, address: Address, card: Card, after: str = "") -> Outcome:
        if why := self._unreached(address.external_id):
            return RefusedForPerson(why)
        return await self._relay.send(compose(self._settings, address, card, after=after), address.external_id)

    def _unreached(self, address: str) -> str:
        if address_problem(address):
            return "This is no e-mail address that qabot can write to."
        if address.rpartition("@")[2].lower() not in self._settings.domains:
            return "The address is of a domain that is not in QABOT_EMAIL_DOMAINS."
        return ""

    async def home_changed(self, address: Address) -> None:
        """There is no home tab."""

    def check(self, card: Card) -> list[str]:
        """What of this card would be cut where no link can show the rest: nothing, since every mail has that link."""
        return [] if card.summary.strip() else ["The card has no summary, which is the mail's subject."]

    def preview(self, card: Card) -> Sequence[Part]:
        """What of it people will see."""
        return tuple(drawing.parts(card))

    def app(self) -> tuple[str, ASGIApp] | None:
        """Nobody calls us."""
        return None

    async def directory(self) -> Sequence[DirectoryEntry]:
        """A relay has no directory; people are looked up one by one."""
        return []

    async def find(self, email: str) -> Sequence[DirectoryEntry]:
        """An address of the council's is an account of its own: the list of people says whose it is."""
        address = email.strip().lower()
        return [] if self._unreached(address) else [DirectoryEntry(address, address)]

    async def doctor(self) -> AsyncIterator[Finding]:
        """Check that the relay lets qabot in, and that it takes a mail to the administrator."""
        if (fault := await self._relay.look()) is not None:
            yield Finding(f"{self._way} lets qabot in", False, fault.reason)
            return
        yield Finding(f"{self._way} lets qabot in, under TLS", True)
        if not self._settings.admin:
            yield Finding("it takes a mail", True, "Set QABOT_EMAIL_ADMIN to your address to have one sent to you.")
            return
        card = Card("qabot can write e-mails", "This is a test of qabot's e-mail.", "due")
        result = await self._mail(Address(0, self._settings.admin), card)
        await self._relay.close()
        reason = "" if isinstance(result, Sent) else result.reason
        yield Finding("it takes a mail to the administrator", isinstance(result, Sent), reason)


def create(service: Service, environ: Mapping[str, str]) -> Email:
    """The adapter with the settings in `environ`. Raises `SetupError`."""
    return Email(service, read(environ))
