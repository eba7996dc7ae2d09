"""Signing in with an account that the council looks after: OpenID Connect, and the tab in Teams."""
