"""Models that Inspect AI reaches."""
