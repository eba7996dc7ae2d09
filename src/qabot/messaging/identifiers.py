"""The identifier check (domain notes, public sector 2.4)."""


def check_text(text: str, *, case_reference: str | None = None) -> None:
    """Placeholder until the check is written."""
