"""Results as one picture (PNG), for a chat or a presentation: the charts of the page, without its tables.

Needs the extra "pictures" (resvg-py) and fonts on the machine. Without either there is no picture, and all else works.
"""

import re
from collections.abc import Sequence
from functools import cache
from html import escape

from qabot.messaging.letters import clean
from qabot.messaging.values import day
from qabot.web.charts import broken
from qabot.web.drawing import environment
from qabot.web.survey_charts import groups, rates
from qabot.workflows.access.survey_results import Results

try:
    import resvg_py
except ImportError:  # pragma: no cover - without the extra
    resvg_py = None  # type: ignore[assignment]

WIDTH, MARGIN, LINE = 760, 24, 26
"""In pixels."""
FONTS = "Liberation Sans, DejaVu Sans, sans-serif"
_CHART = re.compile(r'<svg role="img".*</svg>', re.DOTALL)
_HEIGHT = re.compile(r'height="(\d+)"')
_MACROS = """{% import "charts.html" as charts %}
{% if kind == "bars" %}{{ charts.bars(name, title, rows, unit=unit, most=most, table=false) }}
{% else %}{{ charts.diverging(name, title, keys, rows, table=false) }}{% endif %}"""


@cache
def can_draw() -> bool:
    """Whether pictures can be made here, with letters in them."""
    if resvg_py is None:
        return False
    return _png(_whole(60, 60, [])) != _png(_whole(60, 60, [_text("Ag", 40)]))


def picture(shown: Results) -> bytes | None:
    """What the page draws of all services, as a PNG; None if it cannot be drawn, or nothing may be shown."""
    if not (shown.tables and can_draw()):
        return None
    parts, y = [], MARGIN
    for line in broken(f"{shown.survey.title}, from {day(shown.survey.starts_on)}", 60):
        y += LINE
        parts.append(_text(line, y, bold=True))
    for title, chart in _charts(shown):
        for line in broken(title, 70):
            y += LINE
            parts.append(_text(line, y + 8))
        found = _HEIGHT.search(chart)
        height = int(found[1]) if found else 0
        parts.append(f'<svg x="{MARGIN}" y="{y + 24}" width="{WIDTH - 2 * MARGIN}" height="{height}">{chart}</svg>')
        y += height + 40
    return _png(_whole(WIDTH, y + MARGIN, parts))


def _whole(width: int, height: int, parts: Sequence[str]) -> str:
    size = f'width="{width}" height="{height}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{"".join(parts)}</svg>'


def _charts(shown: Results) -> list[tuple[str, str]]:
    """Each chart's title and its drawing."""
    made = [("Who has answered", _drawn(kind="bars", name="rates", rows=rates(shown), unit="%", most=100))]
    for number, group in enumerate(groups(shown)):
        title = group.section or ("What all said" if len(group.tables) > 1 else group.tables[0].label)
        kind = "diverging" if group.scaled else "bars"
        rows = group.whole if group.scaled else group.choices
        made.append((title, _drawn(kind=kind, name=f"g{number}", rows=rows, keys=group.answers, unit="", most=None)))
    return made


def _drawn(**values: object) -> str:
    found = _CHART.search(environment().from_string(_MACROS).render({"title": "", "keys": (), **values}))
    return found[0] if found else ""


def _text(words: str, y: int, *, bold: bool = False) -> str:
    # As the templates do with every value: what nobody can see is not XML either.
    safe = escape(clean(words), quote=False)
    weight = ' font-weight="700"' if bold else ""
    return f'<text x="{MARGIN}" y="{y}" font-family="{FONTS}" font-size="17"{weight}>{safe}</text>'


def _png(svg: str) -> bytes:
    return bytes(resvg_py.svg_to_bytes(svg_string=svg, background="#ffffff"))
