"""Cells that a spreadsheet would run: refused when they come in, made text when they go out.

A spreadsheet looks at the first letter that it sees. Spaces, marks and invisible letters before it do not count, and
full-width, small and raised forms of the four signs do. A cell of nothing but dashes is no formula.
"""

import re

from qabot.messaging.letters import clean, first_seen

SIGNS = frozenset("=+-@\N{MINUS SIGN}")
_FIRST = frozenset("\t\r\n")
_DASHES = " -‐‑‒–—−﹣－"
_PHONE = re.compile(r"[+＋][\d ()-]{7,}")
# A program that takes another sign for the one between cells begins a new cell here.
_NEW_CELL = re.compile(r"""(?<=\S)([,;\t\r\n]["'\s]*)(?=[=+@＝＋＠﹦﹢﹫]|[-－﹣−]\S)""")


def runs(text: str) -> bool:
    """Whether a spreadsheet would run the cell as a formula."""
    return first_seen(text) in SIGNS and bool(clean(text).strip(_DASHES))


def formula_problem(text: str) -> str:
    """What is wrong with a cell that comes in; "" if nothing is."""
    seen = clean(text).strip()
    if first_seen(seen) not in SIGNS:
        return ""
    if not runs(seen):
        return f"holds only '{seen}': leave the cell empty where there is nothing"
    advice = "write a telephone number with 0 or 00 in front" if _PHONE.fullmatch(seen) else "take it out"
    return f"begins with '{seen[0]}', which a spreadsheet runs as a formula: {advice}"


def safe_cell(text: str) -> str:
    """A cell that a spreadsheet shows as text: what could begin a formula gets an apostrophe before it."""
    inside = _NEW_CELL.sub(r"\1'", text)
    return f"'{inside}" if runs(text) or text[:1] in _FIRST else inside
