"""What a command prints is what people wrote, and a long listing fits the screen."""

import io
import re
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console

from qabot.cli.listing import print_listing
from tests.unit.cli.conftest import Cli

HEADINGS = ("When", "To", "Why")
ROWS = [
    ("Thu 01 Oct\n2026", "Saida [Team 1] Osman", "A case was drawn at random for this cycle :warning:"),
    ("Fri 02 Oct\n2026", "一二三四五六七八九十", "one list a day"),
    ("Fri 02 Oct\n2026", "Saida [Team 1] Osman", "one list a day"),
]


def printed(width: int, rows: list[tuple[str, str, str]]) -> list[str]:
    file = io.StringIO()
    print_listing(Console(file=file, width=width), "A title", HEADINGS, rows, whole=("When",))
    return file.getvalue().splitlines()


@pytest.mark.parametrize("width", [40, 55, 80, 200])
def test_a_listing_fits_the_screen_and_loses_no_letter(width: int) -> None:
    lines = printed(width, ROWS)
    assert lines[0] == "A title"
    assert lines[1].split() == list(HEADINGS)
    assert all(cell_len(line) <= width for line in lines)
    body = "".join(lines[3:]).replace(" ", "")
    for sign in "Saida", "[Team", "一", "十", ":warning:" if width > 40 else ":warn":
        assert sign in body
    assert sum(map(len, (line.replace(" ", "") for line in lines[3:]))) == sum(
        len(cell.replace(" ", "").replace("\n", "")) for row in ROWS for cell in row
    )


def test_a_column_that_stays_whole_is_not_folded() -> None:
    assert [line[:10] for line in printed(40, ROWS)[3:5]] == ["Thu 01 Oct", "2026      "]


def test_a_wide_screen_folds_nothing() -> None:
    assert len(printed(200, ROWS)) == 3 + 2 * len(ROWS)


def test_a_listing_of_nothing_has_its_title_and_headings() -> None:
    assert printed(80, []) == ["A title", "When  To  Why", "----  --  ---"]


def test_brackets_and_colons_of_a_path_are_printed_as_they_are(cli: Cli, tmp_path: Path) -> None:
    folder = tmp_path / "rules [bold] :smile:"
    folder.mkdir()
    assert cli("framework", "check", folder / "none.yaml").err.startswith(str(folder / "none.yaml"))
    source = Path(__file__).parents[3] / "frameworks/newham.yaml"
    (folder / "newham.yaml").write_bytes(source.read_bytes())
    assert cli("framework", "check", folder / "newham.yaml").out.startswith(f"{folder / 'newham.yaml'}: ")


def test_a_simulation_prints_names_as_they_are(filled: Cli, files: tuple[Path, Path]) -> None:
    people, _ = files
    # The first column is the name.
    people.write_text(re.sub(r"^(?!name)([^,]+),", r"\1 [b] :x:,", people.read_text(), flags=re.MULTILINE))
    ran = filled("simulate", "newham", "--from", "2026-10-01", "--to", "2026-10-05", "--people", people)
    assert ran.code == 0
    assert "[b]" in ran.out
    assert ":x:" in ran.out
