"""What every chat adapter needs anyway, so that none writes it for itself. Needs aiohttp, as each of them does."""
