"""Text for Slack: the one place where it is escaped and fitted to its limits.

Everything that is shown as mrkdwn goes through `escape`. Text objects are sent with `verbatim`, so Slack itself makes
no link, mention or channel out of what is left.
"""

import re
from dataclasses import replace

from qabot.messaging.card import Run, Text
from qabot.messaging.letters import ELLIPSIS, cut, units

_MENTION = re.compile("<(?=[!@#])")
# Not `\s*`: over empty lines it would look at the rest of the text once for each of them.
_MARK = re.compile(r"[*_~`]|^[^\S\n]*>|:[\w+'-]+:", re.MULTILINE)


def escape(value: str) -> str:
    """The three characters that Slack reads as control characters, as it asks for them to be escaped."""
    return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def inert(value: str) -> str:
    """Plain text that stays plain wherever Slack shows it: a mark without width keeps a mention from being one."""
    return _MENTION.sub("<\u2060", value) if "<" in value else value


def unescape(value: str) -> str:
    """What a person typed: Slack escapes commands and messages before an app sees them."""
    return value.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def has_marks(words: str) -> bool:
    """True if somebody's words hold what Slack would take for a style or an emoji's code.

    It would vanish, and change what follows it; Slack documents no way to escape it in mrkdwn.
    """
    return _MARK.search(words) is not None


def mrkdwn(text: Text, limit: int = 3000) -> tuple[str, bool]:
    """The runs as mrkdwn in at most `limit` characters, and whether they had to be cut."""
    shown: list[str] = []
    room = limit
    for run in text:
        whole = _run(run)
        if (taken := units(whole)) > room:
            shown.append(_fitted(run, room))
            return "".join(shown), True
        shown.append(whole)
        room -= taken
    return "".join(shown), False


def link_of(run: Run) -> str:
    """Where on the web it leads, or "": nothing else becomes a link."""
    return run.href if run.href and run.href.startswith(("https://", "http://")) else ""


def _run(run: Run) -> str:
    if link := link_of(run):
        label = escape(" ".join(run.text.split())) or escape(link)
        return _styled(f"<{_address(link)}|{label}>", run)
    shown = escape(run.text)
    return _styled(shown, run) if run.bold or run.italic else shown


def _address(href: str) -> str:
    # These would end the link, or begin its label, too early.
    for character, code in (("<", "%3C"), (">", "%3E"), ("|", "%7C"), (" ", "%20")):
        href = href.replace(character, code)
    return href.replace("&", "&amp;")


def _styled(shown: str, run: Run) -> str:
    for mark, styled in (("_", run.italic), ("*", run.bold)):
        # A mark inside the text would end the style in its middle.
        if styled and mark not in run.text:
            shown = "\n".join([_marked(line, mark) for line in shown.split("\n")])
    return shown


def _marked(line: str, mark: str) -> str:
    # Slack shows no style if the mark stands next to a space on its inner side.
    inner = line.strip()
    if inner == line:
        return f"{mark}{line}{mark}" if line else line
    if not inner:
        return line
    before, _, after = line.partition(inner)
    return f"{before}{mark}{inner}{mark}{after}"


def _fitted(run: Run, room: int) -> str:
    keep = min(units(run.text), room)
    while keep > 1:
        shown = _run(replace(run, text=cut(run.text, keep)))
        if (taken := units(shown)) <= room:
            return shown
        keep = min(keep - 1, keep * room // taken)
    return ELLIPSIS if room else ""
