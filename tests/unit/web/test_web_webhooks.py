"""The page of webhooks: made with a secret that is shown once, tried, and ended, by administrators alone."""

import re

from sqlmodel import select

from qabot.models import Store, Webhook
from qabot.scheduler.calls import Ended
from qabot.web.ports import Parts
from qabot.workflows.access import webhooks
from tests.unit.web.conftest import Browser, events

PAGE = "/administration/webhooks"
GIVEN = {"name": "case-system", "url": "https://case-system.council.example/hooks", "events": "alert.raised"}


async def test_a_webhook_is_made_tried_and_ended(administrator: Browser, parts: Parts, store: Store) -> None:
    tried: list[str] = []

    async def call(name: str) -> Ended:
        tried.append(name)
        return Ended(False, "it answered 503")

    object.__setattr__(parts, "call", call)
    await administrator.open(PAGE)
    page = await administrator.send_form(PAGE, True, **GIVEN, tells="grades")
    [secret] = set(re.findall(r"whsec_[\w+/=]{44}", page.text))
    with store.transaction() as session:
        [row] = session.exec(select(Webhook)).all()
    assert secret == webhooks.secrets_of(row, parts.settings.secret_keys)[0]
    assert secret.removeprefix("whsec_") not in row.model_dump_json()
    assert (row.events, row.tells) == (["alert.raised"], ["grades"])
    assert secret not in (await administrator.open(PAGE)).text
    assert (
        "It did not take the test: it answered 503."
        in (await administrator.send_form(PAGE, True, **{"try": "case-system"})).text
    )
    assert tried == ["case-system"]
    assert "has ended" in (await administrator.send_form(PAGE, end="case-system")).text
    assert [each.detail["host"] for each in events(store, "webhook-made")] == ["case-system.council.example"]


async def test_what_is_wrong_is_said_and_nothing_is_made(administrator: Browser, store: Store) -> None:
    await administrator.open(PAGE)
    for changed, said in (
        ({"url": "http://case-system.council.example/"}, "https address"),
        ({"url": "https://10.0.0.8/"}, "own network"),
        ({"events": "everything"}, "is not known"),
        ({"name": "Case System"}, "small letters"),
    ):
        page = await administrator.send_form(PAGE, True, **{**GIVEN, **changed})
        assert page.status_code == 422
        assert said in page.text
    assert "no webhook called" in (await administrator.send_form(PAGE, end="other")).text
    with store.transaction() as session:
        assert session.exec(select(Webhook)).all() == []


async def test_nobody_else_opens_it(ade: Browser) -> None:
    assert (await ade.get(PAGE)).status_code == 403
    await ade.open("/inbox")
    assert (await ade.send_form(PAGE, True, **GIVEN)).status_code == 403
