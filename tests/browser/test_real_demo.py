"""The demo as it is, with every part real: a quarter at Newham, seen in a browser."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlmodel import col, select

from qabot.models import Notice, Person, RoleHolding
from qabot.settings import new_secret, read_settings
from qabot.simulation.live import DEMO_START, begin, beginning
from qabot.web.app import create_app
from qabot.wiring import build, web_parts
from tests.browser.conftest import NARROW, WIDE, Served
from tests.browser.test_accessibility import broken

WEEKS_TO_THE_ALERT = 9


@pytest.fixture
def newham(tmp_path: Path) -> Iterator[Served]:
    address = Served.free_address()
    settings = read_settings(
        demo=True,
        base_url=address,
        secret_key=new_secret(),
        framework="newham",
        database_url=f"sqlite:///{tmp_path}/demo.sqlite3",
        adapters=(),
    )
    clock = beginning(DEMO_START)
    qabot = build(settings, clock=clock)
    # In a thread of its own: in this one Playwright's loop is running.
    with ThreadPoolExecutor(1) as other:
        story = other.submit(lambda: asyncio.run(begin(qabot, clock))).result()
    parts = web_parts(qabot, story)
    served = Served(create_app(parts), parts, address)
    served.start()
    yield served
    served.stop()
    qabot.store.close()


def be(page: Page, role: str, name: str = "") -> None:
    page.goto("/demo")
    page.get_by_role("button").filter(has_text=role).filter(has_text=name or "message").first.click()
    page.wait_for_url(lambda url: not url.endswith("/demo"))


def a_service_manager_with_an_alert(served: Served) -> str:
    """Which of them it is follows from the cases that were drawn, and from who is away."""
    query = select(Person.name).join(Notice, col(Notice.recipient_id) == Person.id).join(RoleHolding)
    query = query.where(Notice.message == "red-alert", RoleHolding.role == "service-manager")
    with served.store.transaction() as session:
        return session.exec(query.order_by(col(Notice.id).desc())).first() or "nobody has an alert"


def test_a_quarter_at_newham(newham: Served, new_page: Callable[..., Page]) -> None:
    page = new_page(newham, "/demo")
    for _ in range(WEEKS_TO_THE_ALERT):
        page.get_by_role("button", name="Next week").click()
        expect(page.get_by_role("status")).to_contain_text("It is now")

    be(page, "Service Manager", a_service_manager_with_an_alert(newham))
    button = page.get_by_role("button", name="Acknowledge alert").first
    reference = button.inner_text().split()[-1]
    newest = page.get_by_role("article").filter(has=button)
    newest.get_by_role("link", name="Open the record").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Record of {reference}")
    page.go_back()
    button.click()
    # By its answer: its title says no more that it waits.
    card = page.get_by_role("article").filter(has_text="Thank you for taking this on.")
    expect(card.get_by_role("status")).to_contain_text("Thank you for taking this on.")
    expect(card.get_by_role("heading").first).to_contain_text(reference)
    expect(card).to_contain_text("Head of Service review")

    page.goto("/forms/nominate")
    page.get_by_label("Who did well?").select_option(index=5)
    page.get_by_label("What did your colleague do?").fill("Rang my NHS patient 943 476 5919 back")
    page.get_by_role("button", name="Send nomination").click()
    expect(page.get_by_role("alert")).to_contain_text("What did your colleague do? This looks as if it holds")

    be(page, "Quality Assurance")
    page.goto("/programme?state=met&kind=alert")
    page.get_by_role("table").get_by_role("link", name=f"Alert to acknowledge about {reference}").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(reference)
    expect(page.get_by_text("Acknowledged").first).to_be_visible()
    expect(page.get_by_text("Not needed").first).to_be_visible()

    page.get_by_role("link", name=f"Open the record of {reference}").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Record of {reference}")
    expect(page.get_by_text("A grade was RED (Inadequate)").first).to_be_visible()
    page.get_by_role("button", name=f"Withdraw {reference}").click()
    page.get_by_role("button", name=f"Withdraw {reference}").click()
    expect(page.get_by_role("alert")).to_contain_text("Why? Choose one.")
    page.get_by_label("It was set up by mistake, or twice").check()
    page.get_by_label(f"Yes, withdraw {reference}").check()
    page.get_by_role("button", name=f"Withdraw {reference}").click()
    expect(page.get_by_role("status")).to_have_text(
        f"{reference} is withdrawn. Nothing more is asked of anybody about it."
    )
    expect(page.get_by_role("button", name=f"Withdraw {reference}")).to_have_count(0)

    found = {}
    for width in (WIDE, NARROW):
        page.set_viewport_size({"width": width, "height": 900})
        for path in (
            "/demo",
            "/inbox",
            "/owe",
            "/words",
            "/forms/nominate",
            "/forms/away",
            "/forms/back",
            "/programme",
            "/programme/log",
            "/programme/readings",
            "/actions",
            "/good-practice",
            f"/audits/{reference}",
        ):
            page.goto(path)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
            found[path, width] = broken(page)
    assert {where: each for where, each in found.items() if each} == {}
