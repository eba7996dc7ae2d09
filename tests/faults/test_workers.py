"""`qabot worker` killed, cut off and ended in mid-send, on PostgreSQL (promises 3, 4 and 6)."""

import httpx
import pytest

from tests.faults.machine import off_the_loop, until
from tests.faults.platform import TAKEN, Answer
from tests.faults.scene import Scene
from tests.faults.test_a_real_service import A_MOMENT, check

pytestmark = pytest.mark.parametrize("full_council", ["postgres"], indirect=True)


@pytest.fixture
async def council(it: Scene) -> Scene:
    """The services plan, and nobody sends yet."""
    it.engine = "scaled"
    it.slow(A_MOMENT)
    await it.serve()
    return it


async def test_a_worker_that_is_killed_is_taken_over_from(council: Scene) -> None:
    it = council
    first = await it.work()
    await it.work()
    await it.taken(100)
    await it.kill(first)
    await it.all_told()
    check(it, {token for kill in it.kills for token in kill.begun})
    assert "Traceback" not in it.log(), it.words()


async def test_the_server_is_restarted_beneath_workers_and_one_of_them_killed(council: Scene) -> None:
    it = council
    first = await it.work()
    await it.work()
    await it.taken(60)
    # In good order: a copy of a database forgets, in a crash, which numbers its sequences have given since.
    async with off_the_loop(it.database.away()):
        await until(lambda: it.said("database-away"), "a process says that the database is away")
    await it.taken(120)
    await it.kill(first)
    await it.all_told()
    check(it, {token for kill in it.kills for token in kill.begun})
    assert "Traceback" not in it.log(), it.words()


async def test_a_worker_that_is_asked_to_end_finishes_what_is_under_way(council: Scene) -> None:
    it = council
    first = await it.work()
    await it.taken(40)
    assert await it.end(first) == 0, it.words()
    await until(lambda: not it.chats.platform.open, "every send has its answer")
    assert not it.begun()
    assert it.sent() == len(it.chats.platform.taken) < 2 * it.raised, "it has sent all, or not recorded some"
    await it.work()
    await it.all_told()
    check(it)


async def test_a_chat_that_refuses_the_workers_is_refused_for_the_service_too(council: Scene) -> None:
    """Whoever asks /health asks the service, which sends nothing that could be refused."""
    it = council
    refusal = Answer(kind="status", takes=False, status=401)
    it.answer(lambda chat, tokens: refusal if chat == "teams" else TAKEN)
    await it.work()
    await until(lambda: it.said("chat-refused"), "the worker is refused")

    def stands() -> str:
        health = httpx.get(f"http://127.0.0.1:{it.serving[0].port}/health").json()
        return str(health["chats"]["teams"]["state"])

    await until(lambda: stands() == "refused", "the service knows it")
