"""Readers of the original projects' recorded answers into our records."""
