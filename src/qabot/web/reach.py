"""The page of people: where each is reached, and whom a platform of this service does not reach."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from qabot.adapter import Adapter, OutOfReach
from qabot.models import Account
from qabot.workflows.people.reach import counted, standing

Platforms = Mapping[str, OutOfReach]
"""By name: the chat platforms that this service runs with, of which somebody may be out of reach."""


@dataclass(frozen=True, slots=True)
class Gap:
    """How many of everybody a platform is not known to reach, and what to do."""

    adapter: str
    title: str
    missing: int
    everybody: int
    advice: Sequence[str]


def platforms(adapters: Sequence[Adapter]) -> Platforms:
    """The platforms of a service, in its order."""
    return {each.name: words for each in adapters if (words := each.out_of_reach) is not None}


def gaps(session: Session, known: Platforms) -> list[Gap]:
    """Each platform that does not reach everybody."""
    gap_rows = [
        Gap(name, name.capitalize(), *counted(session, name, words), words.advice) for name, words in known.items()
    ]
    return [each for each in gap_rows if each.missing]


def places(accounts: Mapping[str, Account], known: Platforms) -> list[str]:
    """Where one person is reached, by platform, and why not where they are not. Everybody has the web inbox."""
    said, reached = [], False
    for name in sorted({*accounts, *known}):
        here, why = standing(known.get(name), accounts.get(name))
        reached |= here
        said.append(name.capitalize() if here else f"{name.capitalize()}: not reachable{_because(why)}")
    return said if reached else ["Web inbox", *said]


def _because(why: str) -> str:
    if not why:
        return ""
    return f". {why}" if why[:1].isupper() else f", {why}"
