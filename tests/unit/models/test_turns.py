"""Whose turn it is at the database: the service's own work goes before a flood of pages, and nobody waits for ever."""

import asyncio
import threading
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from sqlmodel import Session

from qabot.errors import Busy
from qabot.models import Store
from qabot.models import turns as models_turns
from qabot.models.turns import GUEST, MOST_WAITING, Guest
from tests.support.waiting import LONG, turns, within

PATIENT = Guest(begin=LONG, end=LONG)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(f"sqlite:///{tmp_path}/qabot.db")
    yield store
    store.close()


class Held:
    """Work that holds the database's one thread until it is let go."""

    def __init__(self) -> None:
        self.began, self.go = threading.Event(), threading.Event()

    def __call__(self, session: Session) -> None:
        self.began.set()
        assert self.go.wait(LONG)


async def asked(store: Store, guest: Guest | None, done: list[str], name: str, *, act: bool = False) -> str:
    """One piece of work for somebody, that notes when it was done."""
    GUEST.set(guest)

    def work(session: Session) -> str:
        done.append(name)
        return name

    return await store.run(work, act=act)


async def test_the_services_own_work_goes_before_a_flood_of_pages(store: Store) -> None:
    held, done = Held(), list[str]()
    first = asyncio.create_task(store.run(held))
    await asyncio.to_thread(held.began.wait)
    pages = [asyncio.create_task(asked(store, PATIENT, done, f"page {n}")) for n in range(100)]
    await turns()
    own = asyncio.create_task(asked(store, None, done, "claim"))
    await turns()
    held.go.set()
    await within(asyncio.gather(first, own, *pages))
    assert done[0] == "claim"
    assert len(done) == 101


async def test_a_page_has_its_turn_among_work_that_never_ends(store: Store) -> None:
    held, done = Held(), list[str]()
    first = asyncio.create_task(store.run(held))
    await asyncio.to_thread(held.began.wait)
    own = [asyncio.create_task(asked(store, None, done, f"own {n}")) for n in range(100)]
    page = asyncio.create_task(asked(store, PATIENT, done, "page"))
    await turns()
    held.go.set()
    await within(asyncio.gather(first, page, *own))
    assert done[:3] == ["own 0", "page", "own 1"]


@pytest.mark.parametrize("guest", [None, PATIENT])
async def test_what_somebody_does_goes_before_the_services_own_work(store: Store, guest: Guest | None) -> None:
    held, done = Held(), list[str]()
    first = asyncio.create_task(store.run(held))
    await asyncio.to_thread(held.began.wait)
    own = [asyncio.create_task(asked(store, None, done, f"own {n}")) for n in range(100)]
    await turns()
    assert not store.acting
    press = asyncio.create_task(asked(store, guest, done, "press", act=True))
    await turns()
    assert store.acting
    held.go.set()
    await within(asyncio.gather(first, press, *own))
    assert done[:2] == ["press", "own 0"]
    assert not store.acting


async def test_a_flood_of_presses_leaves_the_service_and_pages_a_quarter_of_the_time(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models_turns, "monotonic", count().__next__)  # each piece of work takes a second
    monkeypatch.setattr(models_turns, "MOST_AHEAD", 3)
    held, done = Held(), list[str]()
    first = asyncio.create_task(store.run(held))
    await asyncio.to_thread(held.began.wait)
    each = [asyncio.create_task(asked(store, None, done, f"press {n}", act=True)) for n in range(40)]
    each += [asyncio.create_task(asked(store, None, done, f"own {n}")) for n in range(10)]
    each += [asyncio.create_task(asked(store, PATIENT, done, f"page {n}")) for n in range(5)]
    await turns()
    held.go.set()
    await within(asyncio.gather(first, *each))
    words = [name.split()[0] for name in done]
    assert words[:40] == ["press", "press", "press", "own", "press", "press", "press", "page"] * 5


async def test_a_page_that_does_not_get_its_turn_is_told_and_does_nothing_later(store: Store) -> None:
    held, done = Held(), list[str]()
    first = asyncio.create_task(store.run(held))
    await asyncio.to_thread(held.began.wait)
    with pytest.raises(Busy, match="try again in a moment"):
        await within(asked(store, Guest(begin=0, end=LONG), done, "page"))
    held.go.set()
    await within(first)
    assert await within(asked(store, PATIENT, done, "after")) == "after"
    assert done == ["after"]


async def test_too_many_pages_are_told_at_once(store: Store) -> None:
    held, done = Held(), list[str]()
    first = asyncio.create_task(store.run(held))
    await asyncio.to_thread(held.began.wait)
    pages = [asyncio.create_task(asked(store, PATIENT, done, "page")) for _ in range(MOST_WAITING + 10)]
    await turns()
    held.go.set()
    ended = await within(asyncio.gather(*pages, return_exceptions=True))
    await first
    assert sum(isinstance(each, Busy) for each in ended) == 10
    assert done == ["page"] * MOST_WAITING


async def test_whoever_goes_away_takes_their_work_along(store: Store) -> None:
    held, done = Held(), list[str]()
    first = asyncio.create_task(store.run(held))
    await asyncio.to_thread(held.began.wait)
    page = asyncio.create_task(asked(store, PATIENT, done, "page"))
    await turns()
    page.cancel()
    await turns()
    held.go.set()
    await within(first)
    assert await within(asked(store, None, done, "after")) == "after"
    assert done == ["after"]


async def test_errors_of_the_work_reach_whoever_asked(store: Store) -> None:
    def wrong(session: Session) -> None:
        raise LookupError("this one")

    for guest in (None, PATIENT):
        GUEST.set(guest)
        with pytest.raises(LookupError, match="this one"):
            await within(store.run(wrong))


async def test_nothing_is_asked_of_a_store_that_is_closed(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path}/closed.db")
    store.close()
    with pytest.raises(RuntimeError, match="closed"):
        await store.run(lambda session: None)
