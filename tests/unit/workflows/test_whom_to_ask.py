"""Whoever runs quality assurance is not told to ask those who run quality assurance."""

import re
from pathlib import Path

from qabot.messaging.card import plain_card
from qabot.workflows.cards.draw import Drawing
from qabot.workflows.core.unit import Unit
from tests.support.world import World

MESSAGES = sorted(Path("messages").rglob("*.md"))
SENDS_TO_QUALITY = re.compile(r"\b(ask|talk with)\b[^.]*\{\{ council\.quality \}\}", re.IGNORECASE)
TO_STRANGERS = {"unknown-person.md"}
"""Who is not known is nobody's colleague yet."""


def test_no_message_sends_whoever_runs_quality_assurance_to_themselves() -> None:
    assert [each.name for each in MESSAGES if SENDS_TO_QUALITY.search(each.read_text("utf-8"))] == sorted(TO_STRANGERS)


async def test_those_who_run_it_ask_a_colleague_and_everybody_else_asks_them() -> None:
    world = await World.start()

    def asked(unit: Unit) -> dict[str, str]:
        drawing = Drawing(unit)
        said = {
            each: plain_card(drawing.system("test-message", world.ids[each])) for each in ("quinn", "rowan", "hanif")
        }
        return {person: re.findall(r"If you need help, ask ([^.]*)\.", text)[0] for person, text in said.items()}

    service = "the Quality Assurance Service"
    assert await world.run(asked) == {"quinn": "a colleague", "rowan": "a colleague", "hanif": service}
    world.close()
