"""The words that a framework file may use because the service knows what they mean.

Kinds of deadline and the anchors that each brings; whom a step may be sent to besides the framework's own roles.
"""

ANCHORS: dict[str, frozenset[str]] = {
    "data-request": frozenset({"cycle-start", "due"}),
    "audit": frozenset({"cycle-start", "due"}),
    "alert": frozenset({"submitted", "raised"}),
    "pim-date": frozenset({"submitted", "raised", "due"}),
    "red-review": frozenset({"submitted", "raised", "drawn", "due"}),
    "moderation": frozenset({"submitted", "finalised", "drawn", "due"}),
    "actions": frozenset({"submitted", "finalised", "moderated"}),
    "promised": frozenset({"due"}),
}
"""Kind of deadline -> the anchors it has (or will have) a date for."""

PEOPLE = frozenset({"owner", "auditor", "practitioner", "line-manager"})
"""Recipients that are found from the deadline and its subject, not from a role."""
