"""The bell that wakes a person's open pages."""

import asyncio
from collections import defaultdict


class Bell:
    """Rings for one person. Nothing is lost if nobody listens: the pages also look by themselves now and then."""

    def __init__(self) -> None:
        self._waiting: defaultdict[int, set[asyncio.Event]] = defaultdict(set)

    def ring(self, person_id: int) -> None:
        """Wake whoever waits for this person's bell. Called on the event loop."""
        for event in self._waiting.get(person_id, ()):
            event.set()

    async def wait(self, person_id: int, seconds: float) -> bool:
        """Until it rings (True), or so many seconds have passed (False)."""
        event = asyncio.Event()
        self._waiting[person_id].add(event)
        try:
            await asyncio.wait_for(event.wait(), seconds)
        except TimeoutError:
            return False
        finally:
            self._waiting[person_id].discard(event)
            if not self._waiting[person_id]:
                del self._waiting[person_id]
        return True
