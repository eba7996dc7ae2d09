"""Once: repeats get the first's result. Background: nothing is lost silently."""

import asyncio

from qabot_slack.background import Background, Once


async def test_repeats_share_one_result() -> None:
    done: list[int] = []

    async def work() -> int:
        await asyncio.sleep(0.01)
        done.append(1)
        return len(done)

    once = Once()
    assert await asyncio.gather(*(once.result("key", work) for _ in range(3))) == [1, 1, 1]


async def test_only_the_first_is_first() -> None:
    once = Once(remembered=2)
    assert [once.first(key) for key in ("a", "a", "b", "c", "a")] == [True, False, True, True, True]


async def test_a_repeat_that_goes_away_does_not_stop_the_work() -> None:
    async def work() -> str:
        await asyncio.sleep(0.05)
        return "done"

    once = Once()
    impatient = asyncio.ensure_future(once.result("key", work))
    await asyncio.sleep(0.01)
    impatient.cancel()
    assert await once.result("key", work) == "done"


async def test_what_was_begun_is_finished_before_the_end() -> None:
    done: list[str] = []

    async def work() -> None:
        await asyncio.sleep(0.02)
        done.append("work")

    background = Background()
    background.start(work(), what="work")
    await background.finish()
    assert done == ["work"]


async def test_what_does_not_end_is_stopped() -> None:
    background = Background()
    background.start(asyncio.sleep(60), what="sleep")
    await asyncio.wait_for(background.finish(0.02), 1)
