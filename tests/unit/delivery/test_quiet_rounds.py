"""What a round asks of the database where there is nothing to do: most rounds of a service are such."""

from typing import Any

from sqlalchemy import event

from tests.support.world import World


async def test_to_find_nothing_to_send_takes_one_look(world: World) -> None:
    node, seen = world.nodes[0], list[str]()

    def note(*words: Any) -> None:
        seen.append(words[2])

    event.listen(node.store.engine, "before_cursor_execute", note)
    assert await node.engine.way.drain() == 0
    event.remove(node.store.engine, "before_cursor_execute", note)
    begun, people, look, beat = seen
    assert begun == "BEGIN IMMEDIATE"
    assert "FROM meta" in people
    assert "EXISTS" in look
    assert beat.startswith("UPDATE process")
