"""One mail from one card: neutral subject, both bodies, and the headers that keep a thread.

The subject is the card's summary, which house style holds to a sentence that gives nothing away (messaging/check.py).
"""

from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate
from hashlib import sha256
from secrets import token_hex
from typing import Any

from qabot.adapter import Address
from qabot.messaging.card import Card
from qabot_email.drawing import as_html, as_text, cid, cut, pictures
from qabot_email.settings import Settings

LONGEST_SUBJECT = 150
SETTINGS = "/words"
"""The page where somebody signs in and switches news off; an alert and what is owed cannot be."""
NEUTRAL = "There is something for you in qabot"
_POLICY = SMTP.clone(cte_type="7bit")


def compose(settings: Settings, address: Address, card: Card, *, after: str = "") -> EmailMessage:
    """The mail; `after` is the id of the mail that this one follows up.

    A follow-up's id is made of what it follows and what it says, so that mail systems know a repeated one as the same.
    """
    mail, domain = EmailMessage(policy=_POLICY), settings.sender.partition("@")[2]
    mail["From"] = f"qabot <{settings.sender}>"
    mail["To"] = address.external_id
    mail["Subject"] = subject(card, follows=bool(after))
    mail["Date"] = formatdate()
    body = as_text(card, settings.base_url)
    root = f"<thread.{_digest(str(address.person_id), _about(card) or token_hex(8))}@{domain}>"
    mail["Message-ID"] = f"<{_digest(after, body) if after else token_hex(16)}@{domain}>"
    mail["In-Reply-To"] = after or root
    mail["References"] = f"{root} {after}".rstrip()
    # RFC 3834: what answers by itself (out of office) does not answer this.
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    if card.lane == "news":
        mail["List-Unsubscribe"] = f"<{settings.base_url}{SETTINGS}>"
    mail.set_content(body)
    mail.add_alternative(as_html(card, settings.base_url), subtype="html")
    page = next(part for part in mail.iter_parts() if part.get_content_subtype() == "html")
    for each in pictures(card):
        about: dict[str, Any] = {"cid": f"<{cid(each)}>", "filename": "results.png", "disposition": "inline"}
        page.add_related(each.png, "image", "png", **about)
    return mail


def subject(card: Card, *, follows: bool = False) -> str:
    """What is seen before the mail is opened: one line that gives nothing away."""
    words = cut(" ".join(card.summary.split()) or NEUTRAL, LONGEST_SUBJECT)
    return f"Re: {words}" if follows else words


def _about(card: Card) -> str:
    """What the card is about, as far as an adapter can know: the token of what it asks for, or its page."""
    tokens = [button.token for button in (*card.buttons, *card.all_buttons()) if button.token]
    return tokens[0] if tokens else card.more_url or ""


def _digest(*parts: str) -> str:
    return sha256("\0".join(parts).encode()).hexdigest()[:32]
