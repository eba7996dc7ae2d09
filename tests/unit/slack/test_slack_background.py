"""Once: repeats get the first's result. Background: nothing is lost silently."""

import asyncio

from qabot_slack.background import Background, Once
from tests.support.waiting import turns, within


async def test_repeats_share_one_result() -> None:
    done: list[int] = []

    async def work() -> int:
        await asyncio.sleep(0)
        done.append(1)
        return len(done)

    once = Once()
    assert await asyncio.gather(*(once.result("key", work) for _ in range(3))) == [1, 1, 1]


async def test_only_the_first_is_first() -> None:
    once = Once(remembered=2)
    assert [once.first(key) for key in ("a", "a", "b", "c", "a")] == [True, False, True, True, True]


async def test_a_repeat_that_goes_away_does_not_stop_the_work() -> None:
    may_go_on = asyncio.Event()

    async def work() -> str:
        await may_go_on.wait()
        return "done"

    once = Once()
    impatient = asyncio.ensure_future(once.result("key", work))
    await turns()
    impatient.cancel()
    may_go_on.set()
    assert await once.result("key", work) == "done"


async def test_what_was_begun_is_finished_before_the_end() -> None:
    done: list[str] = []

    async def work() -> None:
        await turns()
        done.append("work")

    background = Background()
    background.start(work(), what="work")
    await background.finish()
    assert done == ["work"]


async def test_what_does_not_end_is_stopped() -> None:
    background = Background()
    ended: list[str] = []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("stopped")

    background.start(work(), what="what never ends")
    await turns()
    await within(background.finish(0))
    await turns()
    assert ended == ["stopped"]
