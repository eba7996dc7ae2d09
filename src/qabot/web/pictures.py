"""Results as drawings: one of the whole page, for a presentation, and one for each chart, for a chat.

They are made pictures (PNG) by `messaging.pictures`, where that can be done.
"""

import re
from collections.abc import Iterator, Sequence
from html import escape

from qabot.messaging.card import Picture
from qabot.messaging.letters import clean
from qabot.messaging.values import day
from qabot.web.charts import broken
from qabot.web.drawing import environment
from qabot.web.survey_charts import ChartRow, Group, groups, rates
from qabot.workflows.access.survey_results import Results

WIDTH, MARGIN, LINE = 760, 24, 26
"""Of the whole page, in pixels."""
FONTS = "Liberation Sans, DejaVu Sans, sans-serif"
LETTERS = 84
"""Of a label in a chat's chart: a line of it, as wide as the chart."""
TALLEST = 1012
"""Pixels of a chat's chart without its margin: Teams shows none that is taller than 1,024. The rest is another one."""
CHAT_WIDTH, CHAT_MARGIN = 620, 12
_CHART = re.compile(r'<svg role="img".*</svg>', re.DOTALL)
_HEIGHT = re.compile(r'height="(\d+)"')
_MACROS = """{% import "charts.html" as charts %}
{% if kind == "bars" %}{{ charts.bars(name, title, rows, unit=unit, most=most, table=false, letters=letters) }}
{% else %}{{ charts.diverging(name, title, keys, rows, table=false, letters=letters) }}{% endif %}"""
PHONE = 38
ANSWERED = "Who has answered"


def page(shown: Results) -> str:
    """What the page draws of all services, as one SVG; "" if nothing may be shown."""
    if not shown.tables:
        return ""
    parts, y = [], MARGIN
    for line in broken(f"{shown.survey.title}, from {day(shown.survey.starts_on)}", 60):
        y += LINE
        parts.append(_text(line, y, bold=True))
    for title, chart in _charts(shown):
        for line in broken(title, 70):
            y += LINE
            parts.append(_text(line, y + 8))
        height = _height(chart)
        parts.append(f'<svg x="{MARGIN}" y="{y + 24}" width="{WIDTH - 2 * MARGIN}" height="{height}">{chart}</svg>')
        y += height + 40
    return _whole(WIDTH, y + MARGIN, parts)


def for_chat(shown: Results) -> list[Picture]:
    """Who has answered, and each group of statements that stand on one scale; nothing if nothing may be shown.

    They are drawn from the very rows of the page's tables, of all services together.
    """
    if not shown.tables:
        return []
    answered = rates(shown)
    said = ". ".join(f"{label}: {value}%" for label, value in answered)
    chart = _drawn(kind="bars", name="rates", rows=answered, unit="%", most=100, letters=LETTERS)
    made = [_picture(ANSWERED, f"Of a hundred who were asked, how many have answered. {said}.", chart)]
    for number, group in enumerate(each for each in groups(shown) if each.scaled):
        made += _of_group(group, f"g{number}")
    return made


def _of_group(group: Group, name: str) -> Iterator[Picture]:
    """One for as many of its statements as fit."""
    rows: Sequence[ChartRow] = [(each.label, each.rows[0][1]) for each in group.tables]
    order = ", ".join(group.answers)
    title, first = group.section or ("What all said" if len(rows) > 1 else rows[0][0]), True
    while rows:
        these, rows = _fitting(group, rows)
        said = ". ".join(f"{label}: {', '.join(map(str, counts))}" for label, counts in these)
        chart = _drawn(kind="diverging", name=name, rows=these, keys=group.answers, letters=LETTERS)
        whole = title if first else f"{title}, continued"
        yield _picture(whole, f"How many gave each answer ({order}). {said}.", chart)
        first = False


def _fitting(group: Group, rows: Sequence[ChartRow]) -> tuple[Sequence[ChartRow], Sequence[ChartRow]]:
    """As many of these as one picture holds, at least one; and the others."""
    room, taken = TALLEST - 14 - 19 * len(group.answers), 0
    for label, _ in rows:
        room -= len(broken(label, LETTERS)) * 19 + 38
        if room < 0 and taken:
            break
        taken += 1
    return rows[:taken], rows[taken:]


def _picture(title: str, alt: str, chart: str) -> Picture:
    height, inner = _height(chart), CHAT_WIDTH - 2 * CHAT_MARGIN
    part = f'<svg x="{CHAT_MARGIN}" y="{CHAT_MARGIN}" width="{inner}" height="{height}">{chart}</svg>'
    return Picture(title, alt, _whole(CHAT_WIDTH, height + CHAT_MARGIN, [part]))


def _whole(width: int, height: int, parts: Sequence[str]) -> str:
    size = f'width="{width}" height="{height}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{"".join(parts)}</svg>'


def _charts(shown: Results) -> list[tuple[str, str]]:
    """Each chart's title and its drawing."""
    made = [(ANSWERED, _drawn(kind="bars", name="rates", rows=rates(shown), unit="%", most=100))]
    for number, group in enumerate(groups(shown)):
        title = group.section or ("What all said" if len(group.tables) > 1 else group.tables[0].label)
        kind = "diverging" if group.scaled else "bars"
        rows = group.whole if group.scaled else group.choices
        made.append((title, _drawn(kind=kind, name=f"g{number}", rows=rows, keys=group.answers)))
    return made


def _drawn(**values: object) -> str:
    given = {"title": "", "keys": (), "unit": "", "most": None, "letters": PHONE, **values}
    match = _CHART.search(environment().from_string(_MACROS).render(given))
    return match[0] if match else ""


def _height(chart: str) -> int:
    match = _HEIGHT.search(chart)
    return int(match[1]) if match else 0


def _text(words: str, y: int, *, bold: bool = False) -> str:
    # As the templates do with every value: what nobody can see is not XML either.
    safe = escape(clean(words), quote=False)
    weight = ' font-weight="700"' if bold else ""
    return f'<text x="{MARGIN}" y="{y}" font-family="{FONTS}" font-size="17"{weight}>{safe}</text>'
