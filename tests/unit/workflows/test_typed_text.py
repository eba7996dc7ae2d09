"""What somebody typed never reaches the log, whatever goes wrong with it."""

from sqlalchemy import text
from structlog.testing import capture_logs

from qabot.adapter import Command
from tests.support.world import World

TYPED = "Jo at 12 High Street"


async def test_neither_the_log_of_events_nor_of_errors_holds_what_was_typed(world: World) -> None:
    await world.press_token("mina", TYPED, "no-such-token")
    assert [each.why for each in world.events("press-unknown")] == ["unknown"]
    with world.nodes[0].store.transaction() as session:
        session.execute(text("DROP TABLE account"))
    with capture_logs() as lines:
        await world.nodes[0].desk.command(Command(world.who("mina"), TYPED, ""))
        await world.nodes[0].desk.command(Command(world.who("mina"), "mine", ""))
    assert [line["name"] for line in lines if line["action"] == "answer-failed"] == ["unknown", "mine"]
    assert TYPED.lower() not in str(lines).lower()
