"""The outbox on its way out: claim, re-check, render, pace, send, record."""
