"""Drawings (SVG) as pictures (PNG), for chats that show no drawings. Without the extra "pictures", or fonts: none.

A picture takes a third of a second of the processor, during which resvg-py lets no other thread of its process run. So
it is made in a process of its own, which may also fail without any harm to the service.
"""

import asyncio
import sys
from collections import OrderedDict
from dataclasses import replace
from functools import cache
from importlib.util import find_spec

import structlog

from qabot.messaging.card import Card, Picture
from qabot.messaging.raster import has_letters

log = structlog.get_logger()
PATIENCE = 10.0
"""Seconds after which a picture is given up; what it belongs to goes without."""
KEPT = 16
"""How many pictures are kept, for all who are sent the same one; each is some twenty thousand bytes."""
_kept: OrderedDict[str, bytes] = OrderedDict()


@cache
def can_draw() -> bool:
    """Whether pictures can be made here, with letters in them."""
    return _has_extra() and has_letters()


@cache
def _has_extra() -> bool:
    return find_spec("resvg_py") is not None and find_spec("PIL") is not None


async def png(svg: str) -> bytes:
    """The drawing as a PNG; nothing if it cannot be made, which is logged. It is tried once for all who get it."""
    if svg not in _kept:
        _kept[svg] = await _made(svg) if _has_extra() else b""
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    _kept.move_to_end(svg)
    return _kept[svg]


async def drawn(card: Card) -> Card:
    """The card with its pictures made; the same one if it has none."""
    if not any(isinstance(block, Picture) for block in card.blocks):
        return card
    blocks = [replace(each, png=await png(each.svg)) if isinstance(each, Picture) else each for each in card.blocks]
    return replace(card, blocks=tuple(blocks))


async def _made(svg: str) -> bytes:
    process = None
    try:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "qabot.messaging.raster",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        made, _ = await asyncio.wait_for(process.communicate(svg.encode()), PATIENCE)
        if process.returncode == 0 and made:
            return made
        log.error("a picture could not be made", action="picture-failed", ended=process.returncode)
    except (OSError, TimeoutError):
        log.exception("a picture could not be made", action="picture-failed")
    finally:
        if process is not None and process.returncode is None:
            process.kill()
            await process.wait()
    return b""
