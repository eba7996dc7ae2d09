"""The go-live folder claims nothing without a test or a command, and each of these is there."""

import re
from importlib.util import find_spec
from pathlib import Path

import pytest

from qabot.rights.kinds import KINDS
from tests.docs.test_commands_settings import SECTIONS

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "assurance"
PAGES = sorted(FOLDER.glob("*.md"))
EVERY = [*PAGES, *sorted((ROOT / "docs" / "people").glob("*.md")), ROOT / "docs" / "leaving.md"]
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
OPEN = "☐"
"""What the council completes."""


def code(page: Path) -> list[str]:
    return re.findall(r"`([^`\n]+)`", page.read_text("utf-8"))


def test_the_folder_has_all_its_papers() -> None:
    listed = set(re.findall(r"\]\(([\w-]+\.md)\)", (FOLDER / "README.md").read_text("utf-8")))
    assert listed == {each.name for each in PAGES} - {"README.md"}
    assert len(listed) == 9


@pytest.mark.parametrize("page", EVERY, ids=lambda each: each.stem)
def test_every_test_and_command_that_is_named_is_there(page: Path) -> None:
    for each in code(page):
        words = each.split()
        if each.startswith("tests/"):
            assert "def test_" in (ROOT / each).read_text("utf-8"), each
        elif words[0] == "qabot" and len(words) > 1:
            plain = [word for word in words[1:3] if re.fullmatch(r"[a-z][a-z-]*", word)]
            assert plain[0] in SECTIONS or " ".join(plain) in SECTIONS, each
            for option in (word for word in words if word.startswith("--")):
                section = SECTIONS.get(" ".join(plain)) or SECTIONS[plain[0]]
                assert option in section, each
        elif words[0] == "make":
            assert words[1] in TARGETS, each
        elif each.startswith("python -m "):
            assert find_spec(words[2]) is not None, each


@pytest.mark.parametrize("page", [each for each in PAGES if each.name != "README.md"], ids=lambda each: each.stem)
def test_each_is_a_draft_with_fields_of_the_council_and_claims_nothing_unshown(page: Path) -> None:
    text = page.read_text("utf-8")
    assert "**Draft. To be completed by the council:**" in text
    assert text.count(OPEN) >= 2
    claims = [each for each in code(page) if each.startswith("tests/") or each.split()[0] in {"qabot", "make"}]
    assert len(claims) >= 3
    for table in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        head, _, *rows = [[cell.strip() for cell in line.strip("| \n").split(" | ")] for line in table.splitlines()]
        if "Shown by" in head:
            at = head.index("Shown by")
            bare = [row[0] for row in rows if not (row + [""] * len(head))[at] and OPEN not in " ".join(row)]
            assert [each for each in bare if each not in NOTHING_TO_SHOW] == []


NOTHING_TO_SHOW = {"No decision by machine"}


def test_retention_names_every_class_and_its_days() -> None:
    text = (FOLDER / "retention.md").read_text("utf-8")
    rows = {row[0]: row[1] for row in re.findall(r"^\| `([\w-]+)` \| [^|]+ \| ([^|]+) \|", text, re.MULTILINE)}
    assert rows.keys() == set(KINDS)
    for name, kind in KINDS.items():
        assert (f"{kind.days} days" in rows[name]) == (kind.days is not None), name
