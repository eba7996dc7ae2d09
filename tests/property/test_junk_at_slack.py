"""Whatever is sent to Slack's address: 401 if nobody signed it, 400 if it is nothing of Slack's, and one log line."""

import hashlib
import hmac
import json
import re
import time
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from starlette.testclient import TestClient
from structlog.testing import capture_logs

from qabot_slack.http import Endpoint
from qabot_slack.secrets import Secrets
from qabot_slack.settings import Settings

SECRET = "a signing secret"
FORM = "application/x-www-form-urlencoded"
KINDS = (
    "block_actions",
    "block_suggestion",
    "view_submission",
    "view_closed",
    "shortcut",
    "message_action",
    "event_callback",
    "url_verification",
    "interactive_message",
    "",
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=10,
)
PARTS = (
    "user",
    "team",
    "view",
    "actions",
    "container",
    "event",
    "event_id",
    "trigger_id",
    "action_id",
    "authorizations",
    "enterprise",
    "channel",
    "message",
    "challenge",
    "callback_id",
    "response_urls",
    "function_data",
    "command",
    "user_id",
    "channel_id",
    "text",
)
ODD = st.builds(
    lambda kind, parts: {"type": kind, **parts},
    st.sampled_from(KINDS) | JSON,
    st.dictionaries(st.sampled_from(PARTS), JSON, max_size=8),
)


@pytest.fixture(scope="module")
def slack() -> TestClient:
    """The endpoint, over a Bolt app that acknowledges every shortcut."""

    async def authorize(**_: Any) -> AuthorizeResult:
        return AuthorizeResult(enterprise_id="", team_id="T1", bot_token="xoxb-1")

    async def acknowledge(ack: Any) -> None:
        await ack()

    app = AsyncApp(signing_secret=SECRET, authorize=authorize)
    app.shortcut(re.compile(".*"))(acknowledge)
    return TestClient(Endpoint(app, Secrets(Settings("xoxb-none", signing_secret=SECRET))))


def signed(body: bytes, kind: str) -> dict[str, str]:
    stamp = str(int(time.time()))  # real time: signed
    digest = hmac.new(SECRET.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}", "Content-Type": kind}


def answered(slack: TestClient, body: bytes, headers: dict[str, Any]) -> int:
    """The status; whatever it was, there is one line, it names an action, and it has no traceback."""
    with capture_logs() as lines:
        status: int = slack.post("/slack/events", content=body, headers=headers).status_code
    assert len(lines) == 1
    assert lines[0]["action"] == "slack-request-refused"
    assert lines[0]["status"] == status
    assert "exc_info" not in lines[0]
    return status


BODIES = (
    b"",
    b"{",
    b"null",
    b"[]",
    b'"text"',
    b"1e400",
    b"[" * 10_000,
    b'{"a":' * 10_000,
    b"\xff\xfe",
    b"payload=",
    b"payload=%",
    b"payload=" + b"%5B" * 10_000,
    b"\x1f\x8b\x08\x00" + b"\x00" * 100,
    b"&" * 5000,
    b"a=1&" * 5000,
)


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("kind", ["application/json", FORM, "text/plain", "multipart/form-data", ""])
def test_what_nobody_signed_is_401_before_it_is_read(slack: TestClient, body: bytes, kind: str) -> None:
    assert answered(slack, body, {"Content-Type": kind}) == 401


@given(stamp=st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=30), signature=st.text(max_size=20))
@example("abc", "v0=0")
@example("٣", "v0=0")
@example("9" * 5000, "v0=0")
@example("1e5", "ä")
@example("-1", "")
def test_odd_times_and_signatures_are_401(slack: TestClient, stamp: str, signature: str) -> None:
    headers = {"X-Slack-Request-Timestamp": stamp.strip().encode(errors="ignore")}
    headers["X-Slack-Signature"] = "".join(each for each in signature if each.isprintable()).strip().encode()
    assert answered(slack, b"{}", headers) == 401


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("kind", ["application/json", FORM, "text/plain"])
def test_signed_bytes_that_are_no_request_are_400(slack: TestClient, body: bytes, kind: str) -> None:
    assert answered(slack, body, signed(body, kind)) in (400, 401)


@given(body=JSON | ODD, form=st.booleans())
@example({"type": "block_actions", "user": {"id": "U1"}, "trigger_id": "1", "actions": []}, False)
@example({"type": "event_callback", "event_id": "1", "event": None}, False)
@example({"type": "event_callback", "event_id": "1", "event": {"type": "team_join", "user": "U1"}}, True)
@example({"type": "url_verification"}, False)
@example({"type": ["block_actions"]}, True)
@example({"command": "/qa"}, False)
@example({"type": "view_submission", "trigger_id": "1", "user": {"id": "1"}, "view": {"id": "1"}}, True)
@example({"type": "view_closed", "user": {"id": "1"}, "view": {"id": "1", "type": "a", "callback_id": 7}}, True)
def test_signed_json_of_another_shape_is_400(slack: TestClient, body: Any, form: bool) -> None:
    text = json.dumps(body)
    sent = urlencode({"payload": text}) if form else text
    data = sent.encode(errors="ignore")
    assert answered(slack, data, signed(data, FORM if form else "application/json")) == 400


@given(parts=st.dictionaries(st.sampled_from(("enterprise", "team", "authorizations", "channel", "view")), JSON))
def test_parts_that_only_bolt_reads_never_fail_it(slack: TestClient, parts: dict[str, Any]) -> None:
    body = {"type": "shortcut", "callback_id": "mine", "trigger_id": "1", "user": {"id": "U1"}, **parts}
    data = f"payload={quote(json.dumps(body))}".encode()
    with capture_logs() as lines:
        status: int = slack.post("/slack/events", content=data, headers=signed(data, FORM)).status_code
    assert status in (200, 400)
    assert len(lines) == (1 if status == 400 else 0)
