"""What people come to ask, and in how many clicks each has the answer: from where they begin, by links alone."""

from pathlib import Path

from tests.support.pages import Page
from tests.support.web_platform import on_web

BEGIN = "/"
QUESTIONS: list[tuple[str, str, list[str], tuple[str, ...]]] = [
    (
        "quinn",
        "which alerts has nobody acknowledged, who is next",
        [],
        ("Alerts that nobody has acknowledged", "QA-1002"),
    ),
    ("quinn", "which low grades have no meeting date", [], ("Meetings without a date", "Date of the Practice")),
    (
        "hanif",
        "which low grades have no meeting date",
        [],
        ("1 meeting of your people has no date yet: QA-1002 (Mina Sharpe, by",),
    ),
    ("quinn", "who is behind, and what did they answer", [], ("Past their date", "Bea Novak")),
    ("mina", "who is behind in my service", ["My team"], ("Bea Novak",)),
    ("quinn", "what goes to whom next week", ["What will be sent"], ("QA-1002",)),
    ("quinn", "how are we doing against last quarter", ["Figures"], ("beside",)),
    ("quinn", "the Board's pack", ["Reports", "Board pack, *"], ("Headline", "At a glance")),
    ("bea", "who covers for me next week", ["Help and settings", "*cover*"], ("deputy",)),
    ("rowan", "is everybody reached, what must I do", ["Administration"], ("reach",)),
]
"""Who asks what, the links that are followed, and what the page must say then."""


def link(page: Page, name: str) -> str:
    begin, star, end = name.partition("*")
    for each in page.root.all("a"):
        words = each.words()
        if words == name or (star and words.startswith(begin) and end.strip("*").lower() in words.lower()):
            return str(each.attrs["href"])
    raise AssertionError(f"no link {name!r} among {[each.words() for each in page.root.all('a')]}")


async def test_every_question_is_answered_in_so_many_clicks(tmp_path: Path) -> None:
    async with on_web(tmp_path) as web:
        await web.world.audit("bea", due="2026-11-25")
        await web.world.graded()
        web.world.change("rowan", administrator=True)
        await web.world.advance("2026-11-27 12:00")
        wrong = []
        for person, asks, clicks, words in QUESTIONS:
            page = await web.open(person, BEGIN)
            for name in clicks:
                page = await web.open(person, link(page, name))
            missing = [each for each in words if each.lower() not in page.words.lower()]
            if page.status != 200 or missing:
                wrong.append(f"{person}: {asks}: {page.path} ({page.status}) does not say {missing}")
        assert wrong == []
