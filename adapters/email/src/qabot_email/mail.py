"""One mail from one card: neutral subject, both bodies, and the headers that keep a thread.

The subject is the card's summary, which house style holds to a sentence that gives nothing away (messaging/check.py).

Written with the standard library's older classes: `EmailMessage` parses each header that it is given, and takes three
times as long for a mail (`python benchmarks/bench_email.py`: 0.1 of plain sends, and 0.3 so).
"""

from binascii import b2a_base64, b2a_qp
from collections.abc import Sequence
from email.header import Header
from email.message import Message
from email.policy import compat32
from email.utils import formatdate
from hashlib import sha256
from secrets import token_hex

from qabot.adapter import Address
from qabot.messaging.card import Card, Picture
from qabot.messaging.letters import cut
from qabot_email.drawing import as_html, as_text, cid, pictures
from qabot_email.settings import Settings

LONGEST_SUBJECT = 150
SETTINGS = "/words"
"""The page where somebody signs in and switches news off; an alert and what is owed cannot be."""
NEUTRAL = "There is something for you in qabot"
LINE = 57
"""Bytes of a picture in one line of base64, which is 76 characters (RFC 2045, section 6.8)."""
_POLICY = compat32.clone(linesep="\r\n", cte_type="7bit", max_line_length=None, mangle_from_=False)


def compose(settings: Settings, address: Address, card: Card, *, after: str = "") -> Message:
    """The mail; `after` is the id of the mail that this one follows up.

    A follow-up's id is made of what it follows and what it says, so that mail systems know a repeated one as the same.
    """
    domain = settings.sender.partition("@")[2]
    body = as_text(card, settings.base_url)
    root = f"<thread.{_digest(str(address.person_id), _about(card) or token_hex(8))}@{domain}>"
    mail = _several("alternative", [_text(body, "plain"), _page(card, settings.base_url)])
    headers = {
        "MIME-Version": "1.0",
        "From": f"qabot <{settings.sender}>",
        "To": address.external_id,
        "Subject": _header("Subject", subject(card, follows=bool(after))),
        "Date": formatdate(),
        "Message-ID": f"<{_digest(after, body) if after else token_hex(16)}@{domain}>",
        "In-Reply-To": after or root,
        "References": f"{root} {after}".rstrip(),
        # RFC 3834: what answers by itself (out of office) does not answer this.
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
    }
    if card.lane == "news":
        headers["List-Unsubscribe"] = f"<{settings.base_url}{SETTINGS}>"
    for name, value in headers.items():
        mail[name] = value
    return mail


def subject(card: Card, *, follows: bool = False) -> str:
    """What is seen before the mail is opened: one line that gives nothing away."""
    words = cut(" ".join(card.summary.split()) or NEUTRAL, LONGEST_SUBJECT)
    return f"Re: {words}" if follows else words


def _page(card: Card, base_url: str) -> Message:
    """The HTML, with the pictures that it shows."""
    html, shown = _text(as_html(card, base_url), "html"), pictures(card)
    return _several("related", [html, *map(_image, shown)]) if shown else html


def _several(kind: str, parts: Sequence[Message]) -> Message:
    """A part of several. No line of theirs begins as its boundary does: "_" follows no "=" of an encoded text."""
    whole = Message(_POLICY)
    whole["Content-Type"] = f'multipart/{kind}; boundary="=_{token_hex(16)}"'
    whole.set_payload(list(parts))
    return whole


def _text(words: str, kind: str) -> Message:
    made = Message(_POLICY)
    made["Content-Type"] = f'text/{kind}; charset="utf-8"'
    made["Content-Transfer-Encoding"] = "quoted-printable"
    made.set_payload(b2a_qp(words.encode()).decode("ascii"))
    return made


def _image(picture: Picture) -> Message:
    made = Message(_POLICY)
    made["Content-Type"] = 'image/png; name="results.png"'
    made["Content-Transfer-Encoding"] = "base64"
    made["Content-Disposition"] = 'inline; filename="results.png"'
    made["Content-ID"] = f"<{cid(picture)}>"
    lines = (b2a_base64(picture.png[at : at + LINE]) for at in range(0, len(picture.png), LINE))
    made.set_payload(b"".join(lines).decode("ascii"))
    return made


def _header(name: str, words: str) -> str:
    """A header's words as mails may hold them: other letters than ASCII's are encoded, on lines of 75 (RFC 2047)."""
    return words if words.isascii() else Header(words, "utf-8", header_name=name).encode(linesep="\r\n")


def _about(card: Card) -> str:
    """What the card is about, as far as an adapter can know: the token of what it asks for, or its page."""
    tokens = [button.token for button in (*card.buttons, *card.all_buttons()) if button.token]
    return tokens[0] if tokens else card.more_url or ""


def _digest(*parts: str) -> str:
    return sha256("\0".join(parts).encode()).hexdigest()[:32]
