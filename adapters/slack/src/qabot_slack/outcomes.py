"""One table from what Slack answers to the closed set of outcomes.

`ok: false` means that nothing was posted, except for the few errors in `PERHAPS`, which Slack says may have succeeded.
"""

from qabot.adapter import Ambiguous, Outcome, RefusedForAll, RefusedForPerson, RetryAfter

NEVER_CONNECTED = "never_connected"
LOST = "answer_lost"
NO_JSON = "no_json"
NO_WORKSPACE = "app_in_no_workspace"

WAIT_UNLESS_TOLD = 30.0
WAIT_FOR_CONNECTION = 15.0

PERHAPS = {"fatal_error", "internal_error", "request_timeout", "service_unavailable", LOST}

THREAD_REFUSED = {
    "cannot_reply_to_message",
    "thread_not_found",
    "restricted_action_thread_locked",
    "restricted_action_non_threadable_channel",
}
"""Nothing was posted because of the thread it was to stand in; out of it the same may be posted."""

TABLE_REFUSED = {
    "invalid_blocks",
    "invalid_blocks_format",
    "invalid_arguments",
    "msg_too_long",
    "msg_blocks_too_long",
}
"""Nothing was posted because of its blocks: where a table is among them, the workspace may not have tables."""

LATER = {
    "ratelimited": "Slack asked to wait",
    "rate_limited": "Slack asked to wait",
    "message_limit_exceeded": "Slack asked to wait",
    "team_added_to_org": "the workspace is being moved into an organisation",
    NEVER_CONNECTED: "Slack could not be reached",
}

FOR_ALL = {
    "invalid_auth": "Slack does not know the bot token: install the app again and set the new token",
    "not_authed": "the bot token is missing",
    "account_inactive": "the bot was removed from the workspace: install the app again",
    "token_revoked": "the bot token was revoked: install the app again and set the new token",
    "token_expired": "the bot token has expired: switch token rotation off, or set a new token",
    "missing_scope": "the app lacks a scope: bring its manifest up to date and install it again",
    "no_permission": "the bot token may not do this: install the app again",
    "not_allowed_token_type": "this is another kind of token: set the bot token (xoxb-)",
    "access_denied": "the workspace does not allow the app this: ask its owner",
    "ekm_access_denied": "the workspace's key management does not let apps post: ask its owner",
    "org_login_required": "the workspace is being moved into an organisation: install the app again after it",
    NO_WORKSPACE: "the app is installed for the organisation and in none of its workspaces: add it to them",
    "team_access_not_granted": "the app is not installed in this workspace",
    "accesslimited": "the workspace limits this app's access: ask its owner",
    "two_factor_setup_required": "the workspace requires two-factor sign-in: ask its owner",
    "messages_tab_disabled": "the app's messages tab is off: switch it on under App Home",
    "enterprise_is_restricted": "the organisation does not allow the app this: ask its owner",
    "unknown_method": "QABOT_SLACK_API_URL does not lead to Slack's Web API",
}

FOR_PERSON = {
    "channel_not_found": "Slack knows no such person or conversation",
    "user_not_found": "Slack knows no such person",
    "users_not_found": "Slack knows no such person",
    "user_disabled": "the person's Slack account is deactivated",
    "user_not_visible": "the bot may not see this person",
    "user_not_in_channel": "the person is not in the conversation",
    "not_in_channel": "the bot is not in the conversation",
    "is_archived": "the conversation is archived",
    "is_inactive": "the conversation is no longer active",
    "cannot_dm_bot": "this account is a bot",
    "restricted_action": "the workspace does not let the bot post there",
    "message_not_found": "the message is no longer there",
    "cant_update_message": "the message is not the bot's own",
    "edit_window_closed": "the message is too old to be changed",
}

FOR_CARD = {
    "invalid_blocks": "Slack did not take the card as it was drawn",
    "invalid_blocks_format": "Slack did not take the card as it was drawn",
    "invalid_arguments": "Slack did not take the card as it was drawn",
    "msg_too_long": "the card is longer than Slack takes",
    "msg_blocks_too_long": "the card is longer than Slack takes",
    "no_text": "the card is empty",
}


class CallFailed(Exception):
    """A call of Slack's Web API that did not come to `ok: true`. `error` is Slack's own string, or one of ours.

    `detail` says why no connection was made, as the end of a sentence.
    """

    def __init__(
        self, method: str, error: str, status: int = 200, retry_after: float | None = None, detail: str = ""
    ) -> None:
        super().__init__(f"{method}: {error} (status {status}) {detail}".rstrip())
        self.method = method
        self.error = error
        self.status = status
        self.retry_after = retry_after
        self.detail = detail

    @property
    def sentence_end(self) -> str:
        """What went wrong, as the end of a sentence for an administrator."""
        if self.detail:
            return f"{LATER[NEVER_CONNECTED]}: {self.detail}"
        if self.error == LOST:
            return "Slack gave no answer, or none that can be read"
        if self.error == NO_JSON and self.status < 500:
            return f"something between qabot and Slack, such as a web filter, answered {self.status}"
        return f"Slack failed ({self.status})" if self.error == NO_JSON else self.error


def outcome(failed: CallFailed) -> Outcome:
    """What a failed call means for the notice."""
    if failed.status == 429 or failed.error in LATER:
        waiting = WAIT_FOR_CONNECTION if failed.error == NEVER_CONNECTED else WAIT_UNLESS_TOLD
        why = LATER.get(failed.error, LATER["ratelimited"])
        return RetryAfter(failed.retry_after or waiting, f"{why}: {failed.detail}" if failed.detail else why)
    if failed.status >= 500 or failed.status == 408 or failed.error in PERHAPS:
        return Ambiguous(f"{failed.error}, status {failed.status}")
    if failed.error == NO_JSON:
        return _not_slack(failed.status)
    if failed.error in FOR_ALL:
        return RefusedForAll(f"{FOR_ALL[failed.error]} ({failed.error}).")
    if failed.error in FOR_PERSON:
        return RefusedForPerson(f"{FOR_PERSON[failed.error]} ({failed.error}).")
    # An error that nobody has heard of says nothing of the person, who may well be reached with the next card.
    return RefusedForPerson(
        f"{FOR_CARD.get(failed.error, 'Slack refused the message')} ({failed.error}).", of_card=True
    )


def _not_slack(status: int) -> Outcome:
    if 400 <= status < 500:
        return RefusedForAll(f"Something between qabot and Slack, such as a web filter, answered {status}.")
    return Ambiguous(f"an answer that is no JSON, status {status}")
