"""qabot's adapter for e-mail. `create` is the entry point `qabot.adapters: email`."""

from qabot_email.adapter import Email, create

__all__ = ["Email", "create"]
