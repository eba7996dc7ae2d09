"""What a card is made of: read in batches, then drawn without reading."""
