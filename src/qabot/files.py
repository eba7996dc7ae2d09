"""Where the messages and frameworks are: inside the installed package, or in the source tree beside `src`."""

from pathlib import Path

HERE = Path(__file__).resolve().parent


def folder(name: str) -> Path:
    """The folder `messages` or `frameworks` that came with qabot."""
    inside = HERE / "_files" / name
    return inside if inside.is_dir() else HERE.parent.parent / name


def folders(name: str, own: Path | None) -> list[Path]:
    """The folder that came with qabot, then the council's own, whose files go before."""
    return [folder(name), *([own] if own else [])]
