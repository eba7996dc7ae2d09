"""Why a sign-in did not come about: what the person reads, and what the log says."""

from typing import Literal

Why = Literal[
    "away",
    "set-up",
    "token",
    "odd",
    "there",
    "late",
    "cancelled",
    "wrong-tenant",
    "guest",
    "claim-missing",
    "unverified",
    "unknown",
    "left",
    "clash",
    "settled",
    "twofold",
]
"""The first row: nobody was known yet. The second: what the account is. The third: whom the list of people has."""

OURS = ("away", "set-up", "token")
"""Those that whoever runs the service must see to: they stand in the log on the console, and on the administration."""

SENTENCES: dict[Why, str] = {
    "away": "{name} does not answer just now, so nobody can sign in with it. Please try again in a few minutes.",
    "set-up": "Signing in with {name} is not set up rightly. You have done nothing wrong: your administrator can see "
    "what is amiss under Administration.",
    "token": "What {name} sent could not be trusted, so you were not signed in. Please try once more; if it happens "
    "again, tell your administrator.",
    "odd": "What came back from {name} could not be trusted, so you were not signed in. Please try once more; if it "
    "happens again, tell your administrator.",
    "there": "{name} did not let you in ({detail}). Please try once more; if it happens again, tell your administrator "
    "these words.",
    "late": "This sign-in took too long, or was begun in another window. Please begin once more.",
    "cancelled": "You were not signed in, because it was stopped at {name}.",
    "wrong-tenant": "This account belongs to another organisation. Sign in with your work account of the council.",
    "guest": "This is not an account that the council looks after. Sign in with your own work account.",
    "claim-missing": "{name} did not say which address is yours ({detail}). Tell your administrator these words.",
    "unverified": "{name} does not vouch for your address ({detail}). Tell your administrator these words.",
    "unknown": "{name} knows you, but your address is not in qabot's list of people. Ask your administrator to add it.",
    "left": "You are no longer in qabot's list of people who work here. If that is wrong, ask your administrator.",
    "clash": "Another account of {name} is yours in qabot already. Nothing was changed. Your administrator sees this "
    "and can decide which of the two is yours.",
    "settled": "Your administrator has decided that this account of {name} is not yours in qabot. Sign in with the "
    "other one.",
    "twofold": "The addresses of this account belong to two people in qabot's list. Ask your administrator to put "
    "that right.",
}

LOGGED: dict[Why, str] = {
    "wrong-tenant": "an account of another organisation",
    "guest": "an account that the council does not look after",
    "claim-missing": "the account's address was not told",
    "unverified": "the account's address is not verified",
    "unknown": "nobody in the list of people has the account's address",
    "left": "they have left",
    "clash": "another account is theirs already",
    "settled": "it was decided that the account is not theirs",
    "twofold": "its addresses are two people's",
}
"""Those that stand in the event log, and how."""


DOUBTED = ("odd", "there")
"""Those that stand in the log on the console alone: whoever sends odd answers could bring them about."""


class Refusal(Exception):
    """A sign-in that did not come about. `detail` names what was amiss, without an address or a token.

    `person_id`: whom it would have been, where that is known.
    """

    person_id: int | None = None

    def __init__(self, why: Why, detail: str = "") -> None:
        super().__init__(f"{why}: {detail}" if detail else why)
        self.why, self.detail = why, detail

    def sentence(self, name: str) -> str:
        """What the person reads. `name` is the provider's."""
        return SENTENCES[self.why].format(name=name, detail=self.detail)
