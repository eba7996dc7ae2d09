"""A card with any button on any token, as an older message or one that was passed on would show it."""

from qabot.messaging.card import Button, Card


def stray_card(action: str, token: str) -> Card:
    """A card whose one button carries this action and token; what stands on the button is told by both."""
    return Card("An older message", "An older message.", buttons=(Button(action, f"{action} {token}".strip(), token),))
