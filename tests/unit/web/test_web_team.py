"""My team, and what nobody sees beyond their line: roles by pages, over HTTP, in a small council."""

import csv
import io
import re
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from qabot.framework import load
from qabot.models import Audit
from qabot.web.app import create_app
from qabot.wiring import web_parts
from tests.support import need_to_know
from tests.support.councils import RULES
from tests.support.pages import Page
from tests.support.small_council import PEOPLE
from tests.support.web_platform import OnWeb, on_web
from tests.unit.web.test_web_odd_requests import routes

TEAM = "/my-team"
QUALITY = {"quinn", "rowan"}
SAFEGUARDING = {"ade", "bea", "sofia", "ben"}
CARE = {"cyrus", "dinah", "ewan", "wanda"}
WORKERS = SAFEGUARDING | CARE
LINES = {
    "dara": WORKERS | {"sian", "hanif", "harriet"},
    "sian": WORKERS | {"quinn", "della"},
    "quinn": {"rowan"},
    "hanif": SAFEGUARDING | {"mina"},
    "harriet": CARE | {"marcus"},
    "mina": SAFEGUARDING,
    "marcus": CARE,
    "ade": {"sofia"},
    "bea": {"ben"},
    "cyrus": {"ewan"},
    "dinah": {"wanda"},
}
"""Whose people are whose: of their teams, or because they are their line manager. Nobody else has any."""
TEAMS_OF = {
    "stratford": {"ade", "mina", "hanif"},
    "beckton": {"bea", "mina", "hanif"},
    "east": {"cyrus", "marcus", "harriet"},
    "west": {"dinah", "marcus", "harriet"},
}
ABOVE_ALL = {"dara", "sian"} | QUALITY
"""Who may open the record of any team's audit; an administrator may too."""
SENIOR_LEADERS_READ = {
    "/programme/figures",
    "/programme/figures.csv",
    "/programme/figures.xlsx",
    "/programme/reports",
    "/programme/reports.csv",
    "/programme/reports.xlsx",
    "/programme/reports/issued/{token}",
    "/programme/reports/issued/{token}/as/{ending}",
}
"""The addresses of the programme that a senior leader may open, who runs none of it."""
ONE_OF_EACH = ("dara", "sian", "quinn", "hanif", "mina", "ade", "sofia", "della")
"""Somebody with each role, and with none: a practitioner."""
AUDITORS = {"stratford": "cyrus", "beckton": "dinah", "east": "ade", "west": "bea"}


@pytest.fixture
async def web(tmp_path: Path) -> AsyncIterator[OnWeb]:
    async with on_web(tmp_path) as platform:
        yield platform


async def status(web: OnWeb, person: str, path: str) -> int:
    await web.open(person, "/inbox") if person not in web.browsers else None
    return (await web.browsers[person].get(path)).status_code


def named(words: str) -> set[str]:
    return {key for key, each in PEOPLE.items() if each.name in words}


async def rows(web: OnWeb, person: str, query: str = "") -> list[dict[str, str]]:
    await web.open(person, "/inbox")
    answer = await web.browsers[person].get(f"{TEAM}.csv{query}")
    return list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))


async def owed_by_all(web: OnWeb) -> dict[str, Audit]:
    """Everybody who can be given one has an audit of a team that is not theirs."""
    of = {"stratford": CARE, "east": SAFEGUARDING}
    given = {each: await web.world.audit(each, team=team, due="2026-11-20") for team, who in of.items() for each in who}
    return (
        given
        | {
            each: await web.world.audit(each, team="stratford", due="2026-11-20")
            for each in ("rowan", "marcus", "harriet", "della", "sian")
        }
        | {each: await web.world.audit(each, team="east", due="2026-11-20") for each in ("mina", "hanif")}
    )


async def test_everybody_sees_the_rows_of_their_line_and_no_others(web: OnWeb) -> None:
    given = await owed_by_all(web)
    for person in PEOPLE:
        expected = LINES.get(person, set()) & given.keys()
        code = await status(web, person, TEAM)
        assert code == (200 if person in LINES else 403), person
        if person not in LINES:
            assert await status(web, person, f"{TEAM}.csv") == 403
            continue
        found = await rows(web, person, "?which=open")
        assert {each["Who"] for each in found if each["About"].startswith("QA-")} >= {
            PEOPLE[each].name for each in expected
        }
        assert {each["Who"] for each in found if each["Who"]} <= {PEOPLE[each].name for each in LINES[person]}, person
        main = (await web.open(person, f"{TEAM}?which=open")).words
        assert named(main) <= LINES[person] | {person}, person
        assert [each["Who"] for each in found] == sorted(
            (each["Who"] for each in found), key=lambda name: (not name, name)
        )


async def test_whose_line_it_is_not_finds_nobody_by_searching(web: OnWeb) -> None:
    for person in ONE_OF_EACH:
        found: set[str] = set()
        await web.open(person, "/inbox")
        for key, each in PEOPLE.items():
            answer = Page(await web.browsers[person].get(f"/search?{urlencode({'q': each.name})}"))
            found |= {key} if answer.path in (f"/people/{web.world.ids[key]}", TEAM) else set()
        expected = set(PEOPLE) if person in QUALITY else LINES.get(person, set()) | {person}
        assert found == expected, person
    page = await web.open("mina", "/search?q=beckton")
    assert page.path == TEAM
    assert "Nothing" in (await web.open("mina", "/search?q=west+team")).words


async def test_a_record_is_open_to_its_own_line_alone(web: OnWeb) -> None:
    web.world.change("ewan", administrator=True)
    given = {team: await web.world.audit(auditor, team=team) for team, auditor in AUDITORS.items()}
    for person in (*ONE_OF_EACH, "marcus", "cyrus", "ewan"):
        codes = {team: await status(web, person, f"/audits/{audit.reference}") for team, audit in given.items()}
        assert {team for team, code in codes.items() if code == 200} == {
            team for team, line in TEAMS_OF.items() if person in line | ABOVE_ALL | {AUDITORS[team], "ewan"}
        }, person


async def test_every_page_of_the_programme_is_closed_to_all_but_those_who_run_it(web: OnWeb) -> None:
    """Also a page that is added later: the addresses are those that the application has."""
    found = await need_to_know.matrix(web)
    assert need_to_know.unnamed(web) == set(), "say in tests/support/need_to_know.py what these pages hold"
    document = need_to_know.DOCUMENT.read_text("utf-8")
    assert need_to_know.laid_in(document, need_to_know.table(found)) == document, need_to_know.BEGIN
    audit = web.world.all(Audit)[0]
    known = {"token": web.world.deadline("audit", audit).token, "reference": audit.reference}
    app = create_app(web_parts(web.qabot))
    paths = [each.path for each in routes(app) if "GET" in (each.methods or ())]
    programme = sorted(each for each in paths if each.startswith("/programme") and each not in need_to_know.PROGRAMME)
    assert "/programme/today.csv" in programme
    filled = {each: re.sub(r"{(\w+)[^}]*}", lambda found: known.get(found[1], "1"), each) for each in programme}
    for person in ("sian", "quinn", "mina", "ade", "sofia", "ewan"):
        codes = {each: await status(web, person, path) for each, path in filled.items()}
        runs = person in QUALITY | {"ewan"}
        open_to_them = set(programme) if runs else SENIOR_LEADERS_READ if person in ABOVE_ALL else set()
        pages = {path: what for path, what in need_to_know.PROGRAMME.items() if path.startswith("/programme")}
        seen = {path for path, what in pages.items() if found[what][need_to_know.ROLES[person]]}
        assert seen == (pages.keys() if runs else open_to_them & pages.keys()), person
        assert {each for each, code in codes.items() if code != 403} == open_to_them & set(programme), person
        assert set(codes.values()) <= {200, 403, 404}, (person, codes)
    for person in ("sian", "quinn", "mina", "ade", "sofia", "ewan"):
        # Everybody has actions of their own: what is in them is their line's alone (test_web_actions).
        assert {await status(web, person, f"/actions{each}") for each in ("", ".csv", ".xlsx")} == {200}, person
        theirs = {key: await status(web, person, f"/people/{web.world.ids[key]}") for key in ONE_OF_EACH}
        allowed = set(ONE_OF_EACH) if person in QUALITY | {"ewan"} else {person} & set(ONE_OF_EACH)
        assert {key for key, code in theirs.items() if code == 200} == allowed, person


async def test_a_lead_learns_no_grade_from_what_their_people_owe(web: OnWeb) -> None:
    """A second look and a meeting say that a grade was low: for those above the lead, and for whoever was told."""
    red = await web.world.graded("red", auditor="dinah")
    review = web.world.deadline("red-review", red)

    def give(unit: object) -> None:
        row = unit.session.get(type(review), review.id)  # type: ignore[attr-defined]
        row.owner_id = web.world.ids["sofia"]

    await web.world.run(give)
    told = {web.world.name(each.recipient_id) for each in web.world.notices(deadline_id=review.id, state="sent")}
    assert "ade" not in told
    assert red.reference not in (await web.open("ade", f"{TEAM}?which=open")).words
    assert "Moderation of" not in (await web.open("ade", f"{TEAM}?which=open")).words
    assert red.reference in (await web.open("mina", f"{TEAM}?which=open")).words


async def test_a_manager_reminds_their_people_once_and_nobody_elses(web: OnWeb) -> None:
    ours = await web.world.audit("sofia", team="east", due="2026-11-20")
    theirs = await web.world.audit("cyrus", team="stratford", due="2026-11-20")
    page = await web.open("mina", TEAM)
    assert ours.reference in page.words
    assert "3 days" in page.words
    links = [each.attrs["href"] for each in page.root.all("a") if each.attrs.get("href", "").startswith("/act?")]
    assert links == [f"/act?do=nudge&d={web.world.deadline('audit', ours).token}&back=team"]
    assert "Sofia Brandt gets one friendly reminder now" in (await web.open("mina", links[0])).words
    other = await web.open("mina", f"/act?do=nudge&d={web.world.deadline('audit', theirs).token}&back=team")
    assert theirs.reference not in other.words
    assert (
        "Only the Quality Assurance Service"
        in (await web.open("mina", links[0].replace("nudge", "let-off") + "&go=1&answer:why=away")).words
    )


async def test_absences_and_whom_one_covers_are_shown(web: OnWeb) -> None:
    await web.world.away("sofia", "2026-11-25", "2026-11-27", deputy="ben")
    await web.world.away("mina", "2026-11-23", "2026-11-24", deputy="ade")
    page = await web.open("ade", TEAM)
    assert "You also look after this for Mina Sharpe" in page.words
    assert "Sofia Brandt, 25 November 2026 to 27 November 2026: Ben Ashby stands in" in page.words
    assert "Ben Ashby" in {each.words() for each in page.root.all("option")}


async def test_whoever_owes_it_with_others_or_stands_in_is_found_by_their_name(tmp_path: Path) -> None:
    """The list went by whose it is first: whoever owed it too, or stood in, seemed to owe nothing."""
    duty = "{rule: ABC-DDL-1, title: Look at it, when: [practice-learning-review.submitted], due: submitted + 5 days,"
    duty += " owes: [practice-lead, service-manager]}"
    (tmp_path / "council.yaml").write_text(f"{RULES}duties: {{look: {duty}}}", "utf-8")
    async with on_web(tmp_path, load(tmp_path / "council.yaml", [Path("frameworks")])) as web:
        audit = await web.world.graded("green", auditor="cyrus", actions=False)
        await web.world.forward("2 working days")
        look = web.world.deadline("look", audit)
        assert web.world.name(look.owner_id) == "ade"
        await web.world.away("ade", "2026-11-25", "2026-11-27", deputy="bea")
        for person, there in (("ade", True), ("mina", True), ("bea", True), ("ben", False)):
            page = await web.open("hanif", f"{TEAM}?which=open&person={web.world.ids[person]}")
            assert ("Look at it" in page.words) is there, person


async def test_meetings_without_a_date_are_a_list_of_whoever_may_know_grades(web: OnWeb) -> None:
    audit = await web.world.graded("red")
    await web.world.tick()
    for person in ("mina", "hanif", "ade", "harriet", "sian"):
        knows, page = person == "hanif", await web.open(person, f"{TEAM}?which=undated")
        assert (audit.reference in page.words) is knows, person
        assert ("Meetings without a date" in page.words) is (person != "ade"), person
        assert [each["About"] for each in await rows(web, person, "?which=undated")] == [audit.reference] * knows
        inbox = (await web.open(person, "/inbox")).words
        assert (f"1 meeting of your people has no date yet: {audit.reference} (Mina Sharpe" in inbox) is knows, person


async def test_the_file_says_who_asked_for_help_as_the_page_does(web: OnWeb) -> None:
    audit = await web.world.audit("bea", team="stratford", due="2026-11-20")
    await web.world.advance("2026-11-27 12:00")
    await web.world.press_token("bea", "more-time", web.world.deadline("audit", audit).token)
    page = await web.open("mina", TEAM)
    assert "asked for help on 27 November 2026" in page.words
    (line,) = [each for each in await rows(web, "mina") if each["About"] == audit.reference]
    assert (line["Date has passed"], line["Asked for help on"]) == ("Yes", "2026-11-27")
