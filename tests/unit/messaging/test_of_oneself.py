"""Whoever is named in a message may be its reader: no message tells people about themselves by their name."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from qabot.messaging.card import Facts, Paragraph, Row, plain
from qabot.messaging.files import Catalogue
from qabot.messaging.samples import sample_buttons, sample_context

CATALOGUE = Catalogue.load([Path(__file__).parents[3] / "messages"])
NAMED: Mapping[str, Callable[[Mapping[str, Any]], str | None]] = {
    "auditor": lambda seen: seen["audit"] and seen["audit"].auditor,
    "moderator": lambda seen: seen["moderation"] and seen["moderation"].moderator,
    "nominator": lambda seen: seen["nomination"] and seen["nomination"].nominator,
}
NEVER_THE_READER = {
    # Its reader is whom the work is about, and nobody does that work about themselves.
    ("audit-final", "auditor"),
    ("concern-to-practitioner", "auditor"),
    ("feedback-talk", "auditor"),
    # Its reader did the work, and nobody looks again at their own.
    ("moderation-join", "moderator"),
    # Nobody nominates themselves; a manager who nominates is sent the copy of whoever sent it instead.
    ("nomination-received", "nominator"),
    ("nomination-manager", "nominator"),
}


def _pairs() -> Iterator[tuple[str, str]]:
    for name in CATALOGUE.names():
        seen = sample_context(CATALOGUE.get(name).sample)
        yield from ((name, who) for who, named in NAMED.items() if named(seen) and (name, who) not in NEVER_THE_READER)


def _drawn(name: str, seen: Mapping[str, Any], reader: str) -> Iterator[str]:
    """The sentences, lines and facts of a message, as this reader has them."""
    seen = {**seen, "recipient": replace(seen["recipient"], name=reader)}
    card = CATALOGUE.render(name, seen, sample_buttons({}))
    yield card.title
    for block in card.blocks:
        match block:
            case Paragraph(said):
                yield plain(said)
            case Row(said, _, cells):
                yield from (plain(each) for each in (said, *(cell for _, cell in cells)))
            case Facts(pairs):
                yield from (f"{label}: {plain(said)}" for label, said in pairs)


@pytest.mark.parametrize(("name", "who"), list(_pairs()))
def test_nobody_reads_of_themselves_by_name(name: str, who: str) -> None:
    seen = sample_context(CATALOGUE.get(name).sample)
    reader = str(NAMED[who](seen))
    assert [said for said in _drawn(name, seen, reader) if reader in said] == []


def test_what_a_reader_did_is_said_as_theirs() -> None:
    seen = sample_context("audit")
    said = list(_drawn("audit-submitted", seen, seen["audit"].auditor))
    assert any(each.startswith("Hello Priya. You have sent this") for each in said)
    assert "Done by: You" in list(_drawn("duty-alert", seen, seen["audit"].auditor))
    assert f"Done by: {seen['audit'].auditor}" in list(_drawn("duty-alert", seen, "Somebody Else"))
