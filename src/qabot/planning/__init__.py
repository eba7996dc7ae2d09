"""Pure functions: (state, framework, now) -> what to say. No database, no clock, no chat."""
