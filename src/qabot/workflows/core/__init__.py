"""Mechanism: one transaction, what happened and what follows from it, what is drawn about, which buttons there are."""
