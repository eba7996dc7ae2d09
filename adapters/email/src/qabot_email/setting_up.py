"""What `qabot setup` asks for e-mail: the relay, the address that mail comes from, and a sign-in if there is one."""

from qabot.adapter import ChatQuestion, ChatSetup
from qabot_email.settings import address_problem


def _host(answer: str) -> str:
    return "expected a name such as smtp.council.example" if "/" in answer or " " in answer or "@" in answer else ""


def _anything(_: str) -> str:
    return ""


SETTING_UP = ChatSetup(
    before="E-mail: ask whoever keeps the council's mail for a relay with STARTTLS (port 587) that takes qabot's mail.",
    questions=(
        ChatQuestion("email-host", "QABOT_EMAIL_HOST", "The mail relay's name", _host),
        ChatQuestion("email-from", "QABOT_EMAIL_FROM", "The address that mail comes from", address_problem),
        ChatQuestion(
            "email-user",
            "QABOT_EMAIL_USER",
            "The user at the relay (empty if it asks for none)",
            _anything,
            optional=True,
        ),
        ChatQuestion(
            "email-password",
            "QABOT_EMAIL_PASSWORD",
            "Its password (empty if none)",
            _anything,
            secret=True,
            optional=True,
        ),
    ),
    after=("Have the relay's addresses in the SPF record of the sender's domain (docs/email.md).",),
    also={"QABOT_EMAIL_ADMIN": "{administrator}"},
)
