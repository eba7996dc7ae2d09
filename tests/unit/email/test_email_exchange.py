"""Mail through Exchange Online: by Microsoft Graph, and at its relay with a token in place of a password."""

from collections.abc import AsyncIterator, Callable
from time import monotonic

import pytest

from qabot.adapter import Ambiguous, RefusedForAll, RefusedForPerson, RetryAfter, Sent
from qabot.adapter_kit import app_tokens
from qabot.errors import ChatAway, ChatRefused, SetupError
from qabot_email import Email
from qabot_email.settings import Entra, Settings, read
from tests.support.email.exchange import CLIENT, SECRET, TENANT, Exchange, exchange
from tests.support.email.relay import relay
from tests.unit.email.test_email_sending import CARD, MINA

GIVEN = {
    "QABOT_BASE_URL": "https://qabot.council.example",
    "QABOT_EMAIL_FROM": "qabot@council.example",
    "QABOT_EMAIL_WAY": "graph",
    "QABOT_EMAIL_TENANT": TENANT,
    "QABOT_EMAIL_CLIENT_ID": CLIENT,
    "QABOT_EMAIL_CLIENT_SECRET": SECRET,
}


def adapter(settings: Settings) -> Email:
    return Email(None, settings)  # type: ignore[arg-type]  # it calls no service


@pytest.fixture
async def there() -> AsyncIterator[Exchange]:
    async with exchange() as made:
        yield made


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Moves the clock by which tokens age: a minute later another one is worth asking for."""
    return lambda: monkeypatch.setattr(app_tokens, "monotonic", lambda: monotonic() + 61)  # real time: tokens' age


@pytest.fixture
async def email(there: Exchange) -> AsyncIterator[Email]:
    made = adapter(there.settings())
    yield made
    await made.stop()


async def test_graph_gets_the_same_mail_with_one_token_for_many(email: Email, there: Exchange) -> None:
    await email.start()
    sent = [await email.send(MINA, CARD) for _ in range(3)]
    assert [each["Message-ID"] for each in there.taken] == [each.message_id for each in sent if isinstance(each, Sent)]
    first = there.taken[0]
    assert (first["To"], first["Subject"]) == (MINA.external_id, CARD.summary)
    body = first.get_body(("plain",))
    assert body is not None
    assert "Acknowledge alert QA-1042" in body.get_content()
    assert there.scopes == [f"{there.url}/.default"], "one token, for Graph alone"


async def test_a_token_that_is_turned_down_is_fetched_anew_once(
    email: Email, there: Exchange, later: Callable[[], None]
) -> None:
    await email.send(MINA, CARD)
    there.good = "token-2"
    assert isinstance(await email.send(MINA, CARD), RefusedForAll), "a new one would not help within a minute"
    later()
    assert isinstance(await email.send(MINA, CARD), Sent)
    assert len(there.scopes) == 2
    there.answers = [(401, "InvalidAuthenticationToken", 0), (401, "InvalidAuthenticationToken", 0)]
    assert isinstance(await email.send(MINA, CARD), RefusedForAll)
    assert len(there.taken) == 2


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ((429, "ApplicationThrottled", 7), RetryAfter),
        ((503, "ServiceUnavailable", 5), RetryAfter),
        ((503, "ServiceUnavailable", 0), Ambiguous),
        ((504, "", 0), Ambiguous),
        ((403, "ErrorAccessDenied", 0), RefusedForAll),
        ((404, "ErrorInvalidUser", 0), RefusedForAll),
        ((400, "ErrorInvalidRecipients", 0), RefusedForPerson),
        ((413, "", 0), RefusedForPerson),
        ((400, "somebody's <words>", 0), RefusedForPerson),
        ((302, "", 0), RefusedForAll),
        ((403, "", 0), RefusedForAll),
        ((400, "", 0), RefusedForAll),
    ],
)
async def test_what_graph_says_is_an_outcome(
    email: Email, there: Exchange, answer: tuple[int, str, int], kind: type
) -> None:
    there.answers = [answer]
    result = await email.send(MINA, CARD)
    assert type(result) is kind
    assert "words" not in str(result), "what comes from outside is not repeated"
    if isinstance(result, RetryAfter):
        assert result.seconds == answer[2]
    assert isinstance(await email.send(MINA, CARD), Sent), "and the next one goes"


async def test_an_answer_that_is_lost_leaves_a_doubt(email: Email, there: Exchange) -> None:
    there.drop = True
    assert isinstance(await email.send(MINA, CARD), Ambiguous)
    assert len(there.taken) == 1


async def test_what_entra_id_says_is_said_to_whoever_set_it_up(there: Exchange) -> None:
    wrong = adapter(there.settings(secret="another"))
    with pytest.raises(ChatRefused, match="AADSTS7000222"):
        await wrong.start()
    assert [each.ok async for each in wrong.doctor()] == [False]
    there.refuses = "busy"
    away = adapter(there.settings())
    with pytest.raises(ChatAway, match="503"):
        await away.start()
    assert isinstance(await away.send(MINA, CARD), RetryAfter)
    nowhere = adapter(there.settings(entra=Entra(TENANT, CLIENT, SECRET, "http://127.0.0.1:1", there.url)))
    assert isinstance(await nowhere.send(MINA, CARD), RetryAfter)
    for each in (wrong, away, nowhere):
        await each.stop()


async def test_the_relay_takes_a_token_in_place_of_a_password(there: Exchange, later: Callable[[], None]) -> None:
    with relay() as server:
        server.token = there.good
        at_it = {"host": "localhost", "port": server.port, "by_graph": False, "trust": server.trust}
        made = adapter(there.settings(**at_it))
        await made.start()
        assert isinstance(await made.send(MINA, CARD), Sent)
        assert there.scopes == ["https://outlook.office365.com/.default"]
        server.token = "token-2"
        await made.stop()
        later()
        assert isinstance(await made.send(MINA, CARD), RefusedForAll)
        there.good = "token-2"
        assert isinstance(await made.send(MINA, CARD), Sent), "a token that was turned down is not kept"
        await made.stop()
        assert len(server.taken) == 2


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"QABOT_EMAIL_WAY": "pigeon"}, '"smtp" or "graph"'),
        ({"QABOT_EMAIL_CLIENT_ID": ""}, "go together"),
        ({"QABOT_EMAIL_TENANT": "a/b"}, "QABOT_EMAIL_TENANT"),
        ({"QABOT_EMAIL_PASSWORD": "secret"}, "two ways to sign in"),
        ({"QABOT_EMAIL_GRAPH_URL": "http://graph.example"}, "QABOT_EMAIL_GRAPH_URL must be an https address"),
        ({"QABOT_EMAIL_CLIENT_SECRET": "", "QABOT_EMAIL_CLIENT_SECRET_FILE": "/nowhere"}, "CLIENT_SECRET_FILE"),
        (
            {"QABOT_EMAIL_TENANT": "", "QABOT_EMAIL_CLIENT_ID": "", "QABOT_EMAIL_CLIENT_SECRET": ""},
            "set QABOT_EMAIL_TENANT",
        ),
    ],
)
def test_settings_that_do_not_fit_are_said(change: dict[str, str], said: str) -> None:
    assert read(GIVEN).by_graph
    assert SECRET not in repr(read(GIVEN))
    with pytest.raises(SetupError, match=said):
        read(GIVEN | change)
