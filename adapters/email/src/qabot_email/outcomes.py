"""What the relay says, as one of the contract's outcomes. What matters is when it says it.

Before the mail's text has gone nothing can have been sent. A number that answers the text says whether it was taken.
Only a connection that is lost after the text was begun leaves a doubt (RFC 5321, 6.1), and is never blindly repeated.
"""

import re
import ssl
from typing import Literal

from aiosmtplib import SMTPAuthenticationError, SMTPException, SMTPResponseException

from qabot.adapter import Ambiguous, Outcome, RefusedForAll, RefusedForPerson, RetryAfter

Step = Literal["connect", "sign-in", "sender", "person", "text"]
WAIT_FOR_CONNECTION = 15.0
WAIT_UNLESS_TOLD = 120.0
"""Relays that ask to come back (greylisting) mean minutes, and give no number."""
WAIT_IF_CLOSING = 30.0
BARRED_CODES = {521, 554}
_REFINED = re.compile(r"5\.(\d{1,3})\.\d{1,3}\b")
"""A refusal more closely (RFC 3463): 5.7 is about who may send, where 5.1 and 5.2 are about the mailbox."""
NEEDS_SIGN_IN = {530, 534, 535, 538}
SAID = {
    "connect": "The mail relay does not take the connection",
    "sign-in": "The mail relay does not accept QABOT_EMAIL_USER and its password",
    "sender": "The mail relay does not take mail from QABOT_EMAIL_FROM",
    "person": "The mail relay does not take mail for this person",
    "text": "The mail relay did not take the e-mail",
}


def outcome(step: Step, failed: Exception) -> Outcome:
    """The outcome of a step that failed. Raises nothing."""
    match failed:
        case SMTPResponseException(code=code):
            if step == "person" and _bars_us(failed):
                # What is wrong is ours, and says nothing of the person, who counts as reachable as before.
                return RefusedForPerson(f"The mail relay takes no mail of qabot's for them ({code}).", of_card=True)
            return _of_answer(step, code, isinstance(failed, SMTPAuthenticationError))
        case SMTPException() | OSError() | TimeoutError() | ValueError():
            return _of_loss(step, failed)
    return Ambiguous(f"the mail could not be sent ({type(failed).__name__})")


def _of_answer(step: Step, code: int, authenticating: bool) -> Outcome:
    reason = f"{SAID[step]} ({code})."
    if 400 <= code < 500:
        return RetryAfter(WAIT_IF_CLOSING if code == 421 else WAIT_UNLESS_TOLD, reason)
    if code < 400:
        # An answer that makes no sense where it stands; what has not gone yet can go again.
        return Ambiguous(reason) if step == "text" else RetryAfter(WAIT_UNLESS_TOLD, reason)
    if step in {"connect", "sign-in", "sender"} or authenticating or code in NEEDS_SIGN_IN:
        return RefusedForAll(reason)
    return RefusedForPerson(reason, of_card=step == "text")


def _bars_us(failed: SMTPResponseException) -> bool:
    """Whether a relay that was told of a recipient refuses whoever asks: most say so only then (smtpd_delay_reject)."""
    if failed.code < 500 or failed.code in NEEDS_SIGN_IN:
        return False
    refined = _REFINED.match(failed.message.strip())
    return refined[1] == "7" if refined else failed.code in BARRED_CODES


def _of_loss(step: Step, failed: Exception) -> Outcome:
    if distrusted(failed):
        return RefusedForAll("The mail relay's certificate is not believed: see QABOT_CA_FILE and QABOT_EMAIL_HOST.")
    if step == "text":
        return Ambiguous(f"the mail relay's answer was lost ({type(failed).__name__})")
    if step == "connect" and isinstance(failed, SMTPException) and "STARTTLS" in str(failed):
        return RefusedForAll("The mail relay offers no STARTTLS: set QABOT_EMAIL_TLS and QABOT_EMAIL_PORT.")
    if step == "sign-in" and type(failed) is SMTPException:
        return RefusedForAll("The mail relay offers no sign-in that qabot knows.")
    return RetryAfter(WAIT_FOR_CONNECTION, f"The mail relay could not be reached ({type(failed).__name__}).")


def distrusted(failed: BaseException | None) -> bool:
    """Whether a certificate was the reason, however deep."""
    while failed is not None:
        if isinstance(failed, ssl.SSLCertVerificationError):
            return True
        failed = failed.__cause__ or failed.__context__
    return False
