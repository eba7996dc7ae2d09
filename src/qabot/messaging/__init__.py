"""What qabot says and asks, free of any platform: message files, cards, forms and the identifier check."""
