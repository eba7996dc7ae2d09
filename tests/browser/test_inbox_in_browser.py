"""What people do in the inbox, in a real browser."""

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from qabot.models import NoticeState
from qabot.web.signin import personal_url
from tests.browser.conftest import NARROW, Served
from tests.unit.web import world
from tests.unit.web.world import ADE, ALERT, COMING, DEADLINE, NOW, SmallDesk

Become = Callable[..., Page]


def test_an_alert_is_acknowledged_where_it_stands(become: Become) -> None:
    page = become("Ade Bello")
    card = page.get_by_role("article", name="Alert: QA-1042 needs your support")
    card.get_by_role("button", name="Acknowledge alert QA-1042").click()
    expect(card.get_by_role("status")).to_have_text("You acknowledged QA-1042.")
    expect(card.get_by_role("status")).to_be_focused()
    expect(card.get_by_text("Nothing more to do in this message.")).to_be_visible()
    expect(card.get_by_text("RED (Inadequate)")).to_have_count(0)
    expect(card.get_by_role("button")).to_have_count(0)
    card.get_by_role("link", name="Show all of it").click()
    expect(page.get_by_text("RED (Inadequate)")).to_be_visible()


def test_being_somebody_and_moving_time_begin_at_the_newest_card(become: Become, demo: Served) -> None:
    with demo.store.transaction() as session:
        session.add_all(
            world.notice(f"long-ago-{number}", ADE, "news", sent_at=NOW - timedelta(days=number + 1))
            for number in range(30)
        )
    page = become("Ade Bello")
    newest = page.get_by_role("article").first
    for words in ("You are now Ade Bello.", "It is now"):
        said = page.get_by_role("status").filter(has_text=words)
        expect(said).to_be_focused()
        expect(said).to_be_in_viewport(ratio=1)
        expect(newest.get_by_role("heading")).to_be_in_viewport(ratio=1)
        expect(page.locator("#newest + [role=status]")).to_contain_text(words)
        page.get_by_role("button", name="Next working day").click()
        page.wait_for_load_state()


@pytest.mark.parametrize("script", [True, False])
def test_a_form_with_errors_is_put_right(become: Become, demo: Served, script: bool) -> None:
    page = become("Ade Bello", script=script)
    page.get_by_role("button", name="Tell us more about QA-1042").click()
    page.get_by_label("In a few words").fill("Calm and clear")
    page.get_by_role("group", name="When?").get_by_label("Day").fill("31")
    page.get_by_role("group", name="When?").get_by_label("Month").fill("11")
    page.get_by_role("group", name="When?").get_by_label("Year").fill("2026")
    page.get_by_role("button", name="Send it").click()
    summary = page.get_by_role("alert")
    expect(summary).to_contain_text("When? Give a real date")
    if script:
        expect(summary).to_be_focused()
    summary.get_by_role("link", name="Grade").click()
    page.get_by_label("Good", exact=True).check()
    page.get_by_label("What happened?").fill("The plan was agreed together.")
    page.get_by_label("Voice").check()
    expect(page.get_by_label("Day")).to_have_value("31")
    page.get_by_label("Day").fill("3")
    page.get_by_label("Who?").select_option(label="Bea Cole")
    page.get_by_label("I have named no child").check()
    page.get_by_role("button", name="Send it").click()
    expect(page.get_by_text("Thank you. It was sent.")).to_be_visible()
    desk = demo.parts.desk
    assert isinstance(desk, SmallDesk)
    assert desk.sent[-1].values["seen"] == "2026-11-03"
    assert desk.sent[-1].values["title"] == "Calm and clear"


def test_everything_can_be_done_with_the_keyboard_alone(become: Become) -> None:
    page = become("Ade Bello")
    page.goto("/inbox")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to main content")).to_be_focused()
    page.keyboard.press("Enter")
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent").startswith("Acknowledge"):
            break
    focused = page.evaluate(
        "() => { const s = getComputedStyle(document.activeElement); return [s.outlineStyle, s.outlineWidth] }"
    )
    assert focused == ["solid", "3px"]
    page.keyboard.press("Enter")
    expect(page.get_by_text("You acknowledged QA-1042.")).to_be_visible()


def test_the_time_bar_moves_a_quarter_and_shows_what_came(become: Become, demo: Served) -> None:
    with demo.store.transaction() as session:
        later = NOW + timedelta(hours=3)
        session.add(world.notice(COMING, ADE, "due", state=NoticeState.planned, sent_at=None, not_before=later))
    page = become("Ade Bello")
    bar = page.get_by_role("region", name="The demo's time")
    bar.get_by_role("button", name="Next notice").click()
    expect(
        page.get_by_text("It is now 23 November 2026, 12:30pm. 1 message was sent, 1 of them to you.")
    ).to_be_visible()
    expect(page.get_by_role("article")).to_have_count(3)
    bar.get_by_role("button", name="Next working day").click()
    expect(bar).to_contain_text("Tuesday 24 November 2026, 10am")
    bar.get_by_role("button", name="Next week").click()
    expect(bar).to_contain_text("Monday 30 November 2026, 10am")
    bar.get_by_label("Or to a date").fill("2027-02-22")
    bar.get_by_role("button", name="Go to date").click()
    expect(bar).to_contain_text("Monday 22 February 2027, 10am")
    bar.get_by_label("Or to a date").fill("2027-04-01")
    bar.get_by_label("Or to a date").press("Enter")
    expect(bar).to_contain_text("Thursday 1 April 2027, 10am")


def test_an_open_inbox_shows_what_comes_in(become: Become, demo: Served) -> None:
    page = become("Ade Bello")
    expect(page.get_by_role("article")).to_have_count(2)
    page.evaluate("document.activeElement.blur()")
    with demo.store.transaction() as session:
        session.add(world.notice(COMING, ADE, "news", sent_at=NOW))
    expect(page.get_by_role("article")).to_have_count(3)
    expect(page.get_by_text("The inbox has changed.")).to_be_visible()


@pytest.mark.parametrize("path", ["/inbox/changes", "/inbox"])
def test_an_open_inbox_looks_again_after_it_was_busy(become: Become, demo: Served, path: str) -> None:
    page = become("Ade Bello")
    page.clock.install()
    page.goto("/inbox")
    page.evaluate("document.activeElement.blur()")
    refused: list[str] = []

    def busy(route: Route) -> None:
        if refused or urlsplit(route.request.url).path != path:
            route.fallback()
        else:
            refused.append(path)
            route.fulfill(status=503, content_type="text/html", body="Try again in a moment")

    page.route("**/inbox*", busy)
    page.route("**/inbox/changes*", busy)
    with demo.store.transaction() as session:
        session.add(world.notice(COMING, ADE, "news", sent_at=NOW))
    with page.expect_response(lambda answer: answer.status == 503):
        page.clock.run_for(1000)
    assert refused == [path]
    expect(page.get_by_role("article")).to_have_count(2)
    expect(page.get_by_text("The inbox has changed.")).to_have_count(0)
    for seconds in (15, 1):
        page.clock.run_for(seconds * 1000)
    expect(page.get_by_role("article")).to_have_count(3)


def test_an_open_inbox_does_not_move_under_whoever_is_in_it(become: Become, demo: Served) -> None:
    page = become("Ade Bello")
    page.get_by_role("button", name="Acknowledge alert QA-1042").focus()
    with demo.store.transaction() as session:
        session.add(world.notice(COMING, ADE, "news", sent_at=NOW))
    page.get_by_role("link", name="Show it").click()
    expect(page.get_by_role("article")).to_have_count(3)


def test_a_deadlines_ladder_is_read_from_the_programme(become: Become) -> None:
    page = become("Quinn Achebe", "/programme")
    page.get_by_role("link", name="Alert to acknowledge about QA-1042").click()
    steps = page.get_by_role("list").filter(has=page.get_by_text("Not needed")).get_by_role("listitem")
    expect(steps).to_have_count(4)
    expect(steps.first).to_contain_text("Done")
    expect(steps.nth(1)).to_contain_text("Next")


def wider_than_the_screen(page: Page, *paths: str) -> list[str]:
    """Which of these pages scroll sideways."""
    wide = []
    for path in paths:
        page.goto(path)
        if page.evaluate("document.documentElement.scrollWidth") > NARROW:
            wide.append(path)
    return wide


def test_nothing_is_cut_off_on_a_small_screen(become: Become) -> None:
    page = become("Ade Bello", width=NARROW)
    paths = ["/inbox", "/owe", "/words", "/forms/everything", "/audits/QA-1042", "/demo"]
    assert wider_than_the_screen(page, *paths) == []


def test_the_programme_fits_a_small_screen(become: Become) -> None:
    page = become("Quinn Achebe", width=NARROW)
    paths = [f"/programme{each}" for each in ("", f"/deadlines/{DEADLINE}", "/notices", "/log", "/people")]
    assert wider_than_the_screen(page, *paths) == []


@pytest.mark.parametrize("script", [True, False])
def test_a_personal_link_signs_in_under_serve(
    serve: Callable[[bool], Served], new_page: Callable[..., Page], script: bool
) -> None:
    served = serve(False)
    link = personal_url(served.parts.settings, ADE, NOW, f"/n/{ALERT}")
    page = new_page(served, link, script=script)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Alert: QA-1042 needs your support")
    page.get_by_role("button", name="Acknowledge alert QA-1042").click()
    expect(page.get_by_text("You acknowledged QA-1042.")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in with a personal link")


def test_no_word_of_a_label_is_cut_on_a_telephone(become: Callable[..., Page]) -> None:
    page = become("Quinn Achebe", "/programme/notices", width=360)
    # A council's own word for a grade, as the figures have it above a column.
    page.evaluate("document.querySelector('.table td').dataset.label = 'AMBER (Requires improvement)'")
    cut = page.evaluate(
        """() => [...document.querySelectorAll('.table td[data-label]')].filter(td => {
            const tried = document.createElement('span');
            tried.style.cssText = 'position:absolute;visibility:hidden;white-space:nowrap;' +
                `font:${getComputedStyle(td, '::before').font}`;
            document.body.append(tried);
            const widest = Math.max(...td.dataset.label.split(' ').map(word => {
                tried.textContent = word;
                return tried.getBoundingClientRect().width;
            }));
            tried.remove();
            return widest > parseFloat(getComputedStyle(td).gridTemplateColumns) + 1;
        }).map(td => td.dataset.label)"""
    )
    assert page.locator(".table td[data-label]").count() > 0
    assert cut == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
