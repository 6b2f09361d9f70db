"""H3 cells."""
