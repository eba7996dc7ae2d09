"""What a council's own pages look like: a colour that can be read, and a logo."""

import re
from pathlib import Path

LEAST_CONTRAST = 5.4
"""Of white letters on the colour. So letters in the colour have the 4.5 of WCAG 2.2 (1.4.3, AA) on our greyest page."""
LOGOS = {".png": "image/png", ".svg": "image/svg+xml"}
LARGEST_LOGO = 200 * 1024
"""Bytes: every page shows it."""
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


def contrast_with_white(colour: str) -> float:
    """How well white can be told from a colour such as #0d3b44: 1 to 21, as WCAG counts it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts)
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


def colour_problem(colour: str) -> str:
    """What is wrong with a colour; "" if nothing is."""
    if not _COLOUR.fullmatch(colour):
        return "expected a colour such as #0d3b44"
    contrast = contrast_with_white(colour)
    if contrast < LEAST_CONTRAST:
        said = f"white on it has a contrast of {contrast:.1f}, and {LEAST_CONTRAST} is needed"
        return f"{colour} is too light: {said}. {darker(colour)} is the same colour, dark enough"
    return ""


def darker(colour: str) -> str:
    """The lightest of its darker shades that is dark enough."""
    parts = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
    shades = ("#" + "".join(f"{each * of // 100:02x}" for each in parts) for of in range(100, -1, -1))
    return next(each for each in shades if contrast_with_white(each) >= LEAST_CONTRAST)


def logo_problem(logo: Path) -> str:
    """What is wrong with a logo's file; "" if nothing is."""
    if logo.suffix.lower() not in LOGOS:
        return f"expected a file ending in {' or '.join(LOGOS)}"
    try:
        if not logo.is_file():
            return "there is no such file"
        if logo.stat().st_size > LARGEST_LOGO:
            return f"the file has more than {LARGEST_LOGO // 1024} kB, and every page shows it"
    except OSError as error:
        return f"the file cannot be read: {error.strerror}"
    return ""
