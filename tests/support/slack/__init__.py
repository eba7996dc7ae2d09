"""The project's own strict fake of Slack, and what tests of the adapter share."""

from tests.support.slack.fake import FakeSlack
from tests.support.slack.limits import named
from tests.support.slack.records import Fault, Json, Message, mrkdwn_texts, texts

__all__ = ["FakeSlack", "Fault", "Json", "Message", "mrkdwn_texts", "named", "texts"]
