"""A framework played through without a server: what would be sent to whom, when and why."""
