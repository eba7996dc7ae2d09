"""What a command writes is there whole, or what was there before is."""

from pathlib import Path

import pytest

from qabot.cli.support import write
from qabot.errors import SetupError
from qabot.rights import exporting
from tests.support.small_files import no_file_larger_than
from tests.unit.cli.conftest import Cli

MEGABYTE = 1024 * 1024


def there(folder: Path) -> dict[str, bytes]:
    """The files in a folder, but for the database."""
    return {each.name: each.read_bytes() for each in folder.iterdir() if each.is_file() and "sqlite" not in each.name}


@pytest.mark.parametrize("before", ["what stood there", None])
def test_a_file_that_cannot_be_written_whole_is_as_it_was(tmp_path: Path, before: str | None) -> None:
    file = tmp_path / "page.html"
    if before is not None:
        file.write_text(before, "utf-8")
    had = there(tmp_path)
    with no_file_larger_than(1000), pytest.raises(SetupError, match="this cannot be written: File too large"):
        write(file, "a" * 5000)
    assert there(tmp_path) == had


def test_a_file_keeps_its_mode_and_its_link(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    file, link = tmp_path / "shared" / "page.html", tmp_path / "page.html"
    file.write_text("what stood there", "utf-8")
    file.chmod(0o640)
    link.symlink_to(file)
    write(link, "new")
    assert link.is_symlink()
    assert (file.read_text("utf-8"), file.stat().st_mode & 0o777) == ("new", 0o640)
    assert there(tmp_path / "shared") == {"page.html": b"new"}


def test_what_is_kept_about_somebody_leaves_the_last_copy_where_it_cannot_be_written(
    filled: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (tmp_path / "council" / "people.csv").open(encoding="utf-8") as people:
        who = people.read().splitlines()[1].split(",")[1]
    file = tmp_path / "copy.json"
    assert filled("person", "export", who, file).code == 0
    had = there(tmp_path)
    monkeypatch.setattr(exporting, "export", lambda *_: b"a" * 30 * MEGABYTE)
    with no_file_larger_than(20 * MEGABYTE):
        ran = filled("person", "export", who, file)
    assert (ran.code, ran.err.splitlines()[-1]) == (2, f"{file}: this cannot be written: File too large.")
    assert there(tmp_path) == had
