"""A strict Microsoft Teams for tests: connector, token issuer and clients, over real HTTP on loopback."""
