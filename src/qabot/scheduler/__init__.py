"""The clock and the tick."""
