"""The issuers as they are now: asked when somebody signs in, and what went wrong last, for the administration."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from qabot.adapter import Finding
from qabot.adapter_kit.network import Network
from qabot.web.sign_on.metadata import Issuer
from qabot.web.sign_on.providers import Provider
from qabot.web.sign_on.refusals import DOUBTED, OURS, Refusal

log = structlog.get_logger()
ADVICE = {
    "away": "It could not be reached. People can use a personal link meanwhile.",
    "set-up": "Its settings here and there do not fit: see docs/sign-on.md.",
    "token": "What it sent was not believed: compare its settings here and there, and both machines' clocks.",
}


@dataclass
class Place:
    """One issuer, and what went wrong with it since it last let somebody in."""

    provider: Provider
    issuer: Issuer
    trouble: Refusal | None = None
    since: datetime | None = None


@dataclass
class Reception:
    """All that people may sign in with. Nothing is asked of an issuer before somebody wants to sign in with it."""

    providers: Sequence[Provider]
    network: Network
    now: Callable[[], datetime]
    places: list[Place] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.places = [Place(each, Issuer(each.issuer, self.network, self.now)) for each in self.providers]

    def went_well(self, place: Place) -> None:
        """Somebody was let in by it."""
        place.trouble = place.since = None

    def went_wrong(self, place: Place, wrong: Refusal) -> None:
        """Note what whoever runs qabot must see to."""
        if wrong.why in DOUBTED:
            log.warning(
                "Somebody came back from an issuer with no good answer.",
                action="sign-on-refused",
                issuer=place.provider.name,
                why=str(wrong),
            )
        if wrong.why not in OURS:
            return
        log.error(
            "Nobody could be let in by an issuer.", action="sign-on-failed", issuer=place.provider.name, why=str(wrong)
        )
        place.trouble, place.since = wrong, place.since or self.now()

    def standing(self) -> Iterator[Finding]:
        """How it is with each, as far as sign-ins have shown."""
        for each in self.places:
            if each.trouble is not None:
                yield Finding(f"Sign-in: {each.provider.name}", False, advice(each.trouble))

    async def checked(self) -> Sequence[Finding]:
        """How it is with each when it is asked now. A secret shows only when somebody signs in."""
        checks = []
        for each in self.places:
            check = f"Sign-in: {each.provider.name} ({each.provider.issuer})"
            try:
                published = await each.issuer.published()
                for name in ("authorization_endpoint", "token_endpoint"):
                    published.address(name)
            except Refusal as wrong:
                checks.append(Finding(check, False, advice(wrong)))
            else:
                bare = "" if each.provider.secret else "It has no secret in QABOT_SIGN_ON_SECRETS: set one."
                checks.append(Finding(check, True, bare))
        return checks


def advice(wrong: Refusal) -> str:
    """What was wrong, and what to do, for an administrator."""
    return f"{ADVICE.get(wrong.why, '')} ({wrong.detail})".strip()
