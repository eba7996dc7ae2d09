"""Who owes, who was told, who may see."""
