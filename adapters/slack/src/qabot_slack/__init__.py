"""qabot's chat adapter for Slack. `create` is the entry point `qabot.adapters: slack`."""

from qabot_slack.adapter import SlackAdapter, create

__all__ = ["SlackAdapter", "create"]
