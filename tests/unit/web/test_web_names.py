"""Names as anybody types them, wherever people are narrowed or looked for: no accents, any apostrophe or none."""

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from qabot.messaging.folding import holds_all, plain_letters
from qabot.messaging.typed import has
from tests.support.small_council import PEOPLE
from tests.support.web_platform import OnWeb, on_web

NAME = "Zoë O’Neill-Şahin"
TYPED = ["zoe", "ZOË", "oneill", "O'Neill", "o\N{MODIFIER LETTER APOSTROPHE}neill", "sahin zoe", "neill\N{HYPHEN}sahin"]


@pytest.fixture
async def web(tmp_path: Path) -> AsyncIterator[OnWeb]:
    async with on_web(tmp_path) as platform:
        yield platform


async def test_lists_of_people_messages_and_events_are_narrowed_so(web: OnWeb) -> None:
    web.world.change("cyrus", name=NAME)
    audit = await web.world.audit("cyrus", team="east", due="2026-12-01")
    await web.world.press_token("cyrus", "more-time", web.world.deadline("audit", audit).token)
    await web.open("quinn", "/programme/today")
    for typed in TYPED:
        query = urlencode({"name": typed})
        for path in (f"/programme/coming.csv?{query}", f"/programme/people.csv?{query}"):
            text = (await web.browsers["quinn"].get(path)).text
            assert NAME in text, (path, typed)
            assert PEOPLE["bea"].name not in text, (path, typed)
        assert NAME in (await web.open("quinn", f"/programme/people?{query}")).words
        log = await web.open("quinn", f"/programme/log?{urlencode({'actor': typed})}")
        who = {each.words() for each in log.root.all("td") if each.attrs["data-label"] == "Who"}
        assert who == {NAME}, typed


async def test_pickers_offer_them_so_and_a_name_as_it_is_written_is_that_person(web: OnWeb) -> None:
    web.world.change("cyrus", name=NAME)
    web.world.change("ade", name="Zoe O'Neill-Sahin")
    numbers = {web.world.ids["cyrus"], web.world.ids["ade"]}

    async def found(typed: str) -> list[tuple[int, str]]:
        return [(each.person_id, each.label) for each in await web.qabot.desk.people(typed, limit=5)]

    for typed in ("zoe", "O’NEILL", "oneill"):
        assert {number for number, _ in await found(typed)} == numbers, typed
    for number, label in await found("zoe"):
        assert await found(label) == [(number, label)]


@pytest.mark.parametrize(
    ("typed", "name", "is_found"),
    [
        ("", NAME, True),
        ("zo", NAME, True),
        ("zoe smith", NAME, False),
        ("lukasz", "Łukasz Øre", True),
        ("%", NAME, False),
    ],
)
def test_each_word_counts(typed: str, name: str, is_found: bool) -> None:
    assert holds_all(typed, name) is is_found


def test_words_in_a_chat_are_looked_for_so() -> None:
    assert has(f"Review of {NAME}", ["zoe"])
    assert has(f"Review of {NAME}", ["o'neill"])
    assert plain_letters("ØRE  ı'ß") == "ore iss"
