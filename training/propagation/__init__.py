"""How well one prompted slice carries through a volume, and when to stop."""
