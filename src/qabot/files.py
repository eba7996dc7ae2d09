"""Where the messages and frameworks are: inside the installed package, or in the source tree beside `src`."""

from pathlib import Path

from qabot.errors import SetupError

HERE = Path(__file__).resolve().parent


def folder(name: str) -> Path:
    """The folder `messages` or `frameworks` that came with qabot."""
    inside = HERE / "_files" / name
    return inside if inside.is_dir() else HERE.parent.parent / name


def folders(name: str, own: Path | None) -> list[Path]:
    """The folder that came with qabot, then the council's own, whose files go before. Raises `SetupError`."""
    try:
        there = own is None or own.is_dir()
    except OSError as error:
        raise SetupError(f"QABOT_{name.upper()}_FOLDER names {own}, which cannot be read: {error.strerror}.") from None
    if not there:
        raise SetupError(f"QABOT_{name.upper()}_FOLDER names {own}, and there is no such folder.")
    return [folder(name), *([own] if own else [])]
