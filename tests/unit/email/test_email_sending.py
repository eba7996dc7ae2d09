"""What a mail is, and what the relay's answers come to, with a real relay over TLS."""

import ssl
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import pytest

from qabot.adapter import Address, Ambiguous, RefusedForAll, RefusedForPerson, RetryAfter, Sent
from qabot.errors import ChatRefused
from qabot.messaging.card import Button, Card, Facts, Paragraph, Run, text
from qabot_email import Email
from tests.support.email.relay import Relay, relay

MINA = Address(1, "mina@council.example")
CARD = Card(
    "Alert: QA-1042 is RED",
    "There is something for you to look at in qabot.",
    "alert",
    (Facts((("Team", text("<b>Stratford</b>")),)), Paragraph((Run("Read it", href="https://x.example/?a=1&b=2"),))),
    (Button("acknowledge", "Acknowledge alert QA-1042", "abc"),),
    more_url="https://qabot.council.example/n/abc",
)


@pytest.fixture
def server() -> Iterator[Relay]:
    with relay() as made:
        yield made


@pytest.fixture
async def email(server: Relay) -> AsyncIterator[Email]:
    made = Email(None, server.settings())  # type: ignore[arg-type]  # it calls no service
    yield made
    await made.stop()


async def test_a_mail_says_nothing_before_it_is_opened_and_all_in_both_bodies(email: Email, server: Relay) -> None:
    assert isinstance(await email.send(MINA, CARD), Sent)
    [mail] = server.taken
    assert (mail["Subject"], mail["To"], mail["Auto-Submitted"]) == (CARD.summary, MINA.external_id, "auto-generated")
    assert mail["List-Unsubscribe"] is None
    assert server.secure == [True]
    headers = " ".join(f"{name}: {value}" for name, value in mail.items())
    assert not [each for each in ("QA-1042", "RED", "Stratford") if each in headers]
    plain, html = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))  # type: ignore[union-attr]
    for said in ("Alert: QA-1042 is RED", "Acknowledge alert QA-1042", "https://qabot.council.example/n/abc"):
        assert said in plain
        assert said in html
    assert "&lt;b&gt;Stratford&lt;/b&gt;" in html
    assert 'href="https://x.example/?a=1&amp;b=2"' in html


async def test_an_alert_that_changed_is_a_mail_in_the_thread_and_nothing_else_is(email: Email, server: Relay) -> None:
    sent = await email.send(MINA, CARD)
    assert isinstance(sent, Sent)
    assert await email.update(MINA, sent.message_id, replace(CARD, lane="due")) == Sent(sent.message_id)
    assert len(server.taken) == 1
    assert isinstance(await email.update(MINA, sent.message_id, CARD.without_buttons()), Sent)
    first, second = server.taken
    assert second["In-Reply-To"] == first["Message-ID"] == sent.message_id
    assert sent.message_id in second["References"]
    await email.update(MINA, sent.message_id, CARD.without_buttons())
    assert server.taken[2]["Message-ID"] == second["Message-ID"] != first["Message-ID"]


@pytest.mark.parametrize(
    ("says", "kind"),
    [
        ({"sender": "550 not this one"}, RefusedForAll),
        ({"sender": "451 busy"}, RetryAfter),
        ({"person": "550 no such user"}, RefusedForPerson),
        ({"person": "450 greylisted"}, RetryAfter),
        ({"text": "554 looks like junk"}, RefusedForPerson),
        ({"text": "452 no room"}, RetryAfter),
        ({"drop": True}, Ambiguous),
    ],
)
async def test_what_the_relay_says_is_an_outcome(
    email: Email, server: Relay, says: dict[str, str], kind: type[object]
) -> None:
    assert isinstance(await email.send(MINA, CARD), Sent)
    for name, value in says.items():
        setattr(server, name, value)
    result = await email.send(MINA, CARD)
    assert isinstance(result, kind), result
    if isinstance(result, RefusedForPerson):
        assert result.of_card == ("text" in says)


BARRED = ["554 5.7.1 Relay access denied", "550 5.7.54 Unable to relay", "554 blocked", "521 no mail from there"]


@pytest.mark.parametrize("says", BARRED)
async def test_a_relay_that_lets_this_machine_send_nothing_makes_nobody_unreachable(
    email: Email, server: Relay, says: str
) -> None:
    # Most relays say so only once they are told of a recipient (Postfix: smtpd_delay_reject).
    server.person = says
    *first, third = [await email.send(Address(n, f"person{n}@council.example"), CARD) for n in range(3)]
    assert all(isinstance(each, RefusedForPerson) and each.of_card for each in first)
    assert isinstance(third, RefusedForAll), "nobody is sent to, so that the operator hears of it"
    server.person = ""
    assert isinstance(await email.send(MINA, CARD), Sent)
    server.person = says
    assert isinstance(await email.send(MINA, CARD), RefusedForPerson), "it is counted anew"


async def test_one_person_for_whom_a_relay_takes_nothing_stops_no_other(email: Email, server: Relay) -> None:
    server.person = "550 5.7.1 Only for their own team"
    for _ in range(4):
        assert isinstance(await email.send(MINA, CARD), RefusedForPerson)


@pytest.mark.parametrize("says", ["550 5.1.1 no such user", "552 5.2.2 mailbox full", "550 no such user"])
async def test_an_address_that_a_relay_does_not_know_is_out_of_reach(email: Email, server: Relay, says: str) -> None:
    server.person = says
    for n in range(4):
        result = await email.send(Address(n, f"person{n}@council.example"), CARD)
        assert isinstance(result, RefusedForPerson)
        assert not result.of_card


async def test_a_wrong_password_and_a_strange_certificate_stop_it(server: Relay) -> None:
    for more in ({"password": "wrong"}, {"trust": ssl.create_default_context()}):
        email = Email(None, server.settings(**more))  # type: ignore[arg-type]
        with pytest.raises(ChatRefused):
            await email.start()
        assert isinstance(await email.send(MINA, CARD), RefusedForAll)
    assert server.taken == []


async def test_nobody_outside_is_written_to(email: Email, server: Relay) -> None:
    for address in ("mina@elsewhere.example", "no address", "a@council.example\r\nBcc: b@x.example"):
        assert isinstance(await email.send(Address(1, address), CARD), RefusedForPerson)
        assert await email.find(address) == []
    assert server.taken == []


@pytest.mark.filterwarnings("ignore:Requiring AUTH")  # the relay cannot know that TLS began before it
async def test_a_relay_that_speaks_tls_from_the_first_byte(server: Relay) -> None:
    with relay(from_the_first_byte=True) as other:
        email = Email(None, other.settings(tls="tls"))  # type: ignore[arg-type]
        assert isinstance(await email.send(MINA, CARD), Sent)
        await email.stop()
        assert [each["To"] for each in other.taken] == [MINA.external_id]
        # Not the other way round: in the clear nothing is said.
        confused = Email(None, server.settings(tls="tls"))  # type: ignore[arg-type]
        assert isinstance(await confused.send(MINA, CARD), RetryAfter | RefusedForAll)
    assert server.taken == []


async def test_news_says_where_it_is_switched_off_and_nothing_else_does(email: Email, server: Relay) -> None:
    for lane in ("news", "due", "alert"):
        await email.send(MINA, replace(CARD, lane=lane))
    found = [each["List-Unsubscribe"] for each in server.taken]
    assert found == ["<https://qabot.council.example/words>", None, None]


async def test_what_says_something_about_one_task_is_one_thread(email: Email, server: Relay) -> None:
    other = replace(CARD, buttons=(Button("acknowledge", "Acknowledge alert QA-1043", "xyz"),))
    for card in (CARD, replace(CARD, title="A reminder of QA-1042"), other):
        await email.send(MINA, card)
    first, second, third = (each["References"] for each in server.taken)
    assert first == second != third


async def test_a_relay_that_is_gone_is_tried_again(server: Relay) -> None:
    email = Email(None, server.settings(port=1))  # type: ignore[arg-type]
    assert isinstance(await email.send(MINA, CARD), RetryAfter)
