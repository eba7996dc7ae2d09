"""The documents are one site: an index of four kinds, from which each is reached, and no link leads nowhere."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
INDEX = ROOT / "docs" / "README.md"
KINDS = ["A page for each person", "Tutorials", "How-to", "Reference", "Explanation"]
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"^```.*?^```|`[^`\n]*`", re.MULTILINE | re.DOTALL)
OTHERS = [ROOT / name for name in ("README.md", "SECURITY.md", "CONTRIBUTING.md", "CHANGELOG.md")]
PAGES = [*sorted((ROOT / "docs").rglob("*.md")), *OTHERS]


@cache
def text_of(page: Path) -> str:
    return page.read_text("utf-8")


@cache
def anchors(page: Path) -> frozenset[str]:
    """What `#...` may be after this page's name, as GitHub makes it of headings."""
    plain = re.sub(r"^```.*?^```", "", text_of(page), flags=re.MULTILINE | re.DOTALL)
    found = re.findall(r"^#+ (.+)$", plain, re.MULTILINE)
    return frozenset(re.sub(r"[^\w\- ]", "", LINK.sub(r"", each).lower()).replace(" ", "-") for each in found)


def links(page: Path) -> Iterator[tuple[Path, str]]:
    """Each link of a page to a file of ours: the file and what stands after `#`."""
    for target in LINK.findall(CODE.sub("", text_of(page))):
        if not re.match(r"[a-z]+:", target):
            name, _, part = target.partition("#")
            yield (page.parent / name).resolve() if name else page, part


def test_the_index_has_the_four_kinds_and_the_people() -> None:
    headings = re.findall(r"^## ([^:\n]+)", text_of(INDEX), re.MULTILINE)
    assert headings == KINDS


def test_every_document_is_reached_from_the_index() -> None:
    reached, ahead = {INDEX}, [INDEX]
    while ahead:
        for page, _ in links(ahead.pop()):
            if page.suffix == ".md" and page not in reached and page.is_file():
                reached.add(page)
                ahead.append(page)
    assert [str(each.relative_to(ROOT)) for each in PAGES if each not in reached] == []


def test_every_document_but_those_of_a_folder_stands_in_the_index_itself() -> None:
    named = {page for page, _ in links(INDEX)}
    missing = [each.name for each in PAGES if each.parent.name != "assurance" and each not in named | {INDEX}]
    assert missing == []


def test_no_link_leads_nowhere() -> None:
    wrong = []
    for page in PAGES:
        for target, part in links(page):
            there = target.exists() and (not part or target.suffix != ".md" or part in anchors(target))
            wrong += [] if there else [f"{page.relative_to(ROOT)}: {target.name}#{part}"]
    assert wrong == []
