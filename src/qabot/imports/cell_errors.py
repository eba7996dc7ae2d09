"""Cells of a workbook that hold no value: what a spreadsheet could not work out, and what it never has.

The library that reads workbooks gives both as empty cells, and an empty cell of a list takes a role or a manager away.
Read from the sheets' own XML; of older workbooks (.xls) and of .ods files nothing is known.
"""

import io
import re
import zipfile
from collections.abc import Mapping
from html import unescape
from posixpath import join, normpath

ERRORS = frozenset(
    {
        "#n/a",
        "#ref!",
        "#value!",
        "#name?",
        "#div/0!",
        "#num!",
        "#null!",
        "#spill!",
        "#calc!",
        "#getting_data",
        "#field!",
    }
)
"""With which words a spreadsheet says that it could not work a value out, in small letters."""
_SHEET = re.compile(r'<(?:\w+:)?sheet\s[^>]*?name="([^"]*)"[^>]*?\b\w+:id="([^"]*)"')
_LINK = re.compile(r"<(?:\w+:)?Relationship\s[^>]*>")
_CELL = re.compile(r"<(?:\w+:)?c\s([^>]*[^/])>(.*?)</(?:\w+:)?c>", re.DOTALL)
_FORMULA = re.compile(r"<(?:\w+:)?f\b[^>]*?(?:/>|>([^<]*)</)", re.DOTALL)
_VALUE = re.compile(r"<(?:\w+:)?v\b[^>]*>([^<]+)</")
_PLACE = re.compile(r'\br="([A-Z]+)([0-9]+)"')
_TYPE = re.compile(r'\bt="(\w+)"')

Places = Mapping[tuple[int, int], str]


def without_value(content: bytes) -> Mapping[str, Places]:
    """By sheet each such cell, by row and column from 0: the error's word, or the formula with its `=`."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            return {name: dict(_places(book.read(path).decode("utf-8"))) for name, path in _sheets(book)}
    except (zipfile.BadZipFile, KeyError, UnicodeDecodeError, OSError, EOFError):
        return {}


def _sheets(book: zipfile.ZipFile) -> list[tuple[str, str]]:
    links = {}
    for link in _LINK.findall(book.read("xl/_rels/workbook.xml.rels").decode("utf-8")):
        said = dict(re.findall(r'(\w+)="([^"]*)"', link))
        links[said.get("Id", "")] = said.get("Target", "")
    sheets = _SHEET.findall(book.read("xl/workbook.xml").decode("utf-8"))
    return [(unescape(name), _path(links[number])) for name, number in sheets if links.get(number)]


def _path(target: str) -> str:
    return target.lstrip("/") if target.startswith("/") else normpath(join("xl", target))


def _places(sheet: str) -> list[tuple[tuple[int, int], str]]:
    places = []
    for cell in _CELL.finditer(sheet):
        about, inside = cell.groups()
        place, kind = _PLACE.search(about), _TYPE.search(about)
        if place is None:
            continue
        value, formula = _VALUE.search(inside), _FORMULA.search(inside)
        at = (int(place[2]) - 1, _column(place[1]))
        if kind is not None and kind[1] == "e":
            places.append((at, unescape(value[1]) if value else "#N/A"))
        elif formula is not None and value is None and (kind is None or kind[1] == "n"):
            places.append((at, f"={unescape(formula[1] or '')}"))
    return places


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def error_problem(text: str) -> str:
    """What is wrong with a cell in which a spreadsheet says that it has no value; "" if nothing is."""
    if text.strip().lower() not in ERRORS:
        return ""
    return f"holds '{text}', so the spreadsheet could not work it out: put the value there, or leave the cell empty"
