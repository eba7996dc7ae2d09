"""Every test, and in `support` what they share."""
