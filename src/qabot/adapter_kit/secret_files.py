"""Files that hold a secret, as editors write them: Notepad puts a mark before it, PowerShell writes UTF-16."""

from pathlib import Path

_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


def secret_text(path: str | Path) -> str:
    """What the file holds, without its mark and without the space around it.

    Raises `OSError` if it cannot be read and `UnicodeDecodeError` if it is no text.
    """
    content = Path(path).read_bytes()
    encoding = next((each for mark, each in _MARKS.items() if content.startswith(mark)), "utf-8")
    return content.decode(encoding).strip().strip("\ufeff").strip()
