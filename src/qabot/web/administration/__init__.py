"""The pages of administrators: people, files, settings, rules and platforms."""
