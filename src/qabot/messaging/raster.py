"""A process that makes a PNG of an SVG: `python -m qabot.messaging.raster < drawing.svg > drawing.png`.

Needs the extra "pictures" (resvg-py and Pillow). Few colours are enough for a chart, and a chat takes few bytes.
"""

import io
import sys

COLOURS = (
    *("ffffff", "555c60", "a5abae", "14242c"),
    *("9a4a05", "e08e2b", "f6d3a5", "d5dadd", "bcd7ee", "6fa9db", "1b5288"),
    *("845e2b", "857b68", "687d8d", "466d8c"),
)
"""Paper and ink with what lies between them at the edges of letters, a scale from one end to the other, and its
hatches (web/templates/charts.html). Colours that were chosen by how often they are there would lose a hatch."""


def raster(svg: str) -> bytes:
    """The drawing on white, in `COLOURS`. Raises `ImportError` without the extra, `ValueError` for no SVG."""
    from PIL import Image

    written = io.BytesIO()
    palette = Image.new("P", (1, 1))
    palette.putpalette(bytes.fromhex("".join(COLOURS)))
    few = Image.open(io.BytesIO(_drawn(svg))).convert("RGB").quantize(palette=palette, dither=Image.Dither.NONE)
    few.save(written, "PNG", optimize=True)
    return written.getvalue()


def has_letters() -> bool:
    """Whether this machine has fonts: without any, resvg-py draws all but the words. Raises `ImportError`."""
    return _drawn(_SAMPLE.format("")) != _drawn(_SAMPLE.format("Ag"))


def _drawn(svg: str) -> bytes:
    import resvg_py

    return bytes(resvg_py.svg_to_bytes(svg_string=svg, background="#ffffff"))


_SAMPLE = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="60" height="60">'
    '<text x="5" y="40" font-family="Liberation Sans, DejaVu Sans, sans-serif" font-size="17">{}</text></svg>'
)


if __name__ == "__main__":
    if not has_letters():
        sys.exit("no fonts")
    sys.stdout.buffer.write(raster(sys.stdin.buffer.read().decode()))
