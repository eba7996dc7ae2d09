"""Search: what each way of typing finds, whom it is open to, and that nothing else is hinted at."""

from collections.abc import Callable

import pytest

from qabot.messaging.folding import plain_letters
from qabot.models import Audit, Person, Service, Store, Team
from qabot.web.finding import compact, is_same
from qabot.web.ports import Parts
from tests.unit.web import world
from tests.unit.web.conftest import Browser
from tests.unit.web.world import ADE, BEA, NOW, QUINN

NewBrowser = Callable[[Parts], Browser]
FAY, ZOE = 5, 6


@pytest.fixture
def wide(store: Store) -> None:
    """More audits, people and teams: two audits of one case, one of another with letters and zeros."""
    with store.transaction() as session:
        session.get_one(Audit, 1).case_reference = "7100001"
        session.add(Team(id=2, name="Mapleton", service_id=1))
        session.add(Service(id=2, name="Care"))
        session.add(Person(id=FAY, name="Fay Ito", email="fay@council.example"))
        session.add(Person(id=7, name="Siobhán O'Brien", email="s.obrien@council.example"))
        session.add(Person(id=ZOE, name="Zoë Łukasz-Brontë", email="z.l@council.example", team_id=1))
        for number, reference, case, auditor in (
            (2, "QA-1043", "7100002", BEA),
            (3, "QA-0044", "7100002", QUINN),
            (4, "QA-1045", "00071234", BEA),
        ):
            session.add(
                Audit(
                    id=number,
                    reference=reference,
                    activity="practice-learning-review",
                    case_reference=case,
                    auditor_id=auditor,
                    due_on=NOW.date(),
                    allocated_at=NOW,
                )
            )


async def as_somebody(new_browser: NewBrowser, parts: Parts, person: int) -> Browser:
    browser = new_browser(parts)
    await browser.sign_in(parts, person)
    return browser


async def goes_to(browser: Browser, typed: str) -> str:
    """Where a search leads at once; "" if it lists."""
    return str((await browser.get("/search", params={"q": typed})).headers.get("location", ""))


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("QA-1042", "/audits/QA-1042"),
        (" qa-1042 ", "/audits/QA-1042"),
        ("Qa 1042", "/audits/QA-1042"),
        ("1042", "/audits/QA-1042"),
        ("qa001042", "/audits/QA-1042"),
        ("QA‑1042", "/audits/QA-1042"),
        ("44", "/audits/QA-0044"),
        ("XX-1042", ""),
        ("104", ""),
        ("7100001", "/audits/QA-1042"),
        ("71234", "/audits/QA-1045"),
        ("00071234", "/audits/QA-1045"),
        ("07100001", ""),
        ("7100002", ""),
        ("fay ito", "/people/5"),
        ("FAY@council.example", "/people/5"),
        ("zoe lukasz-bronte", "/people/6"),
        ("Zoë ŁUKASZ-BRONTË", "/people/6"),
        ("zoe", ""),
        ("case 7100001", "/audits/QA-1042"),
        ("QA-1042 (case 7100001)", "/audits/QA-1042"),
        ("Record of QA-1042, due 4 May", "/audits/QA-1042"),
        ("due 4 May", ""),
        ("siobhan o'brien", "/people/7"),
        ("Siobhán O’Brien", "/people/7"),
        ("Siobhan OBrien", "/people/7"),
        ("siobhan o\N{MODIFIER LETTER APOSTROPHE}brien", "/people/7"),
        ("Maple", "/programme?state=all&team=1#owed"),
        ("maple team", "/programme?state=all&team=1#owed"),
    ],
)
async def test_one_exact_hit_is_opened_at_once(quinn: Browser, wide: None, typed: str, address: str) -> None:
    assert await goes_to(quinn, typed) == address


async def test_several_are_listed_by_kind(quinn: Browser, wide: None) -> None:
    page = (await quinn.open("/search?q=7100002")).text
    assert "<h2>Audits</h2>" in page
    assert page.index("QA-0044") < page.index("QA-1043")
    page = (await quinn.open("/search?q=mapl")).text
    assert "/programme?state=all" in page
    page = (await quinn.open("/search?q=e")).text
    assert page.index("<h2>People</h2>") < page.index("<h2>Teams</h2>")
    assert "Gil Gone" in page
    assert "has left" in page


async def test_a_number_that_is_a_case_of_its_own_is_only_like_another(quinn: Browser, wide: None) -> None:
    page = (await quinn.open("/search?q=07100001")).text
    assert '<a href="/audits/QA-1042">' in page


async def test_a_list_that_is_cut_says_so(quinn: Browser, store: Store) -> None:
    with store.transaction() as session:
        session.add_all(Person(name=f"Sam {each:02}", email=f"sam{each}@council.example") for each in range(51))
    page = (await quinn.open("/search?q=sam")).text
    assert "These are the first 50." in page
    assert "Sam 49" in page
    assert "Sam 50" not in page


@pytest.mark.parametrize("typed", ["", "nothing like this", "'%_\\", world.HOSTILE, "--", "٠"])
async def test_nothing_found_says_what_can_be_searched(quinn: Browser, wide: None, typed: str) -> None:
    page = await quinn.get("/search", params={"q": typed})
    assert page.status_code == 200
    assert "You can search for:" in page.text
    assert "<script>alert" not in page.text
    assert ("Nothing that is open to you was found." in page.text) == bool(typed)


async def test_too_much_to_search_for_is_refused_kindly(quinn: Browser) -> None:
    page = await quinn.open(f"/search?q={'x' * 101}")
    assert page.status_code == 400
    assert "at most 100 characters" in page.text


SEEN = {
    # Who searches: what leads somewhere of a reference, their own audit, a case, a colleague, themselves, a team.
    QUINN: {
        "QA-1042",
        "QA-1043",
        "7100001",
        "Ade Bello",
        "Bea Cole",
        "Gil Gone",
        "Fay Ito",
        "Quinn Achebe",
        "Mapleton",
    },
    ADE: {"QA-1042", "QA-1043", "7100001", "Ade Bello"},
    BEA: {"QA-1042", "QA-1043", "7100001", "Bea Cole"},
    FAY: {"Fay Ito"},
}
"""Bea is away and Ade stands in for her; she was told of QA-1042. Fay has nothing to do with any of it."""


@pytest.mark.parametrize("who", SEEN)
async def test_everybody_finds_what_they_may_open_and_no_hint_of_the_rest(
    new_browser: NewBrowser, parts: Parts, wide: None, who: int
) -> None:
    browser = await as_somebody(new_browser, parts, who)
    every = {each for seen in SEEN.values() for each in seen}
    assert {each for each in every if await goes_to(browser, each)} == SEEN[who]
    nothing = (await browser.get("/search", params={"q": "nobody at all"})).text
    for typed in every - SEEN[who]:
        page = (await browser.get("/search", params={"q": typed})).text
        assert page.replace(typed, "X") == nothing.replace("nobody at all", "X").replace(typed, "X"), typed


async def test_search_stands_on_every_page_of_somebody_and_asks_who_they_are(browser: Browser, quinn: Browser) -> None:
    for path in ("/inbox", "/programme", "/search", "/nowhere"):
        assert 'action="/search"' in (await quinn.open(path)).text
    assert 'action="/search"' not in (await browser.open("/inbox")).text
    assert (await browser.open("/search?q=QA-1042")).status_code == 401


def test_folding() -> None:
    assert plain_letters("  ZOË  Łukasz-Øre ") == "zoe lukasz-ore"
    assert compact("QA – 0 10/42") == "qa01042"
    assert is_same("12", "cf0012")
    assert not is_same("ab12", "cf0012")
    assert not is_same("", "qa1")
