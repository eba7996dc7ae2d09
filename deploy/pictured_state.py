"""What the pictures show: one state of the demo, reached over HTTP, and the words of its pages.

`pictures.py` takes the pictures there, and writes the words beside them; a test reaches the same state and compares.
"""

import re
from dataclasses import dataclass
from datetime import date

import httpx

from tests.support.pages import Node, read

FIRST, DAY = date(2026, 9, 14), date(2026, 11, 16)
"""The demo's first day, and the day of the pictures."""
PICTURES = {
    "inbox": ("Service Manager", "/inbox"),
    "programme": ("Quality Assurance", "/programme"),
    "ladder": ("Quality Assurance", ""),
}
"""By file: whose page it is, and its address; that of the ladder is found among the deadlines."""
BLOCKS = ("h1", "h2", "h3", "h4", "p", "li", "dt", "dd", "th", "td", "button")


@dataclass
class Demo:
    """The demo as one browser has it."""

    client: httpx.AsyncClient

    async def prepare(self) -> None:
        """Move its time to the day of the pictures."""
        await self._post("/demo/time", date=DAY.isoformat(), to="date", here="/demo")

    async def be(self, role: str) -> None:
        """Become whoever has the most messages among the holders of a role."""
        held = [each for each in (await self.page("/demo")).all("button") if role in each.words()]
        most = max(held, key=lambda each: _messages(each.words()))
        await self._post("/demo/be", person=most.attrs["value"])

    async def page(self, path: str) -> Node:
        """A page, read."""
        answer = await self.client.get(path)
        answer.raise_for_status()
        return read(answer.text)

    async def address(self, name: str) -> str:
        """Become whoever a picture's page is shown to; the page's address."""
        role, path = PICTURES[name]
        await self.be(role)
        return path or await self._ladder()

    async def words(self, name: str) -> str:
        """What a picture's page says."""
        return words(await self.page(await self.address(name)))

    async def _ladder(self) -> str:
        """The address of the page of the first deadline that follows up what was agreed."""
        page = await self.page("/programme?kind=actions")
        links = [each.attrs["href"] for each in page.all("a")]
        return next(each for each in links if each.startswith("/programme/deadlines/"))

    async def _post(self, path: str, **values: str) -> None:
        page = await self.client.get("/demo")
        found = re.search(r'name="csrf" value="([^"]+)"', page.text)
        if found is None:
            raise ValueError(page.text)
        answer = await self.client.post(path, data={"csrf": found[1], **values}, timeout=600)
        if answer.status_code != httpx.codes.SEE_OTHER:
            raise ValueError(answer.text)


def words(page: Node) -> str:
    """What a page's main part says, a line for each block; buttons with their labels."""
    [main] = page.all("main")
    lines = [each.words() for each in main.walk() if each.tag in BLOCKS and not _holds_blocks(each)]
    return "\n".join(each for each in lines if each) + "\n"


def _holds_blocks(node: Node) -> bool:
    return any(each is not node and each.tag in BLOCKS for each in node.walk())


def _messages(label: str) -> int:
    found = re.search(r"([\d,]+) messages?", label)
    return int(found[1].replace(",", "")) if found else 0
