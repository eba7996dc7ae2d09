"""Which line ends of a message file stay in the message."""

import re

_ONLY_TAGS = re.compile(r"\s*(\{%(?:(?!%\}).)*%\}\s*)+")
"""Nothing but tags: one tag ends where it is closed, or a line of words between two of them would pass for one."""


def keep_line_ends(source: str) -> str:
    """Jinja2 drops the line end after a tag, which is meant for tags on lines of their own and for no others."""
    return "\n".join(
        line[:-2] + "+%}" if re.search(r"[^-+]%\}$", line) and not _ONLY_TAGS.fullmatch(line) else line
        for line in source.split("\n")
    )
