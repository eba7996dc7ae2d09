"""Files that settings name, and those of them that hold a secret, as editors write them.

Notepad puts a mark before a text, PowerShell writes UTF-16.
"""

import errno
import stat
from pathlib import Path

_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


def plain(path: str | Path) -> Path:
    """The path, of a file or a folder. Raises `OSError`, also for a pipe or a device.

    Whoever reads a pipe waits until somebody writes into it, for ever and without a word; some devices never end.
    """
    mode = Path(path).stat().st_mode
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise OSError(errno.EINVAL, "it is a pipe or a device, and a file is expected", str(path))
    return Path(path)


def secret_text(path: str | Path) -> str:
    """What the file holds, without its mark and without the space around it.

    Raises `OSError` if it cannot be read and `UnicodeDecodeError` if it is no text.
    """
    content = plain(path).read_bytes()
    encoding = next((each for mark, each in _MARKS.items() if content.startswith(mark)), "utf-8")
    return content.decode(encoding).strip().strip("\ufeff").strip()
