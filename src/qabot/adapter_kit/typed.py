"""What people write to a bot besides words that it knows."""

NO_FILES = "I take no files, and did not open it. Please keep it in the case system. Write “help” to see what I do."
"""Said to whoever sends a file."""
