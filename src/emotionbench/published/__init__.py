"""The published tables, and the audit that recomputes them from the original's raw files."""
