"""What neighbors tell each other: posts with a coarse place, comments, what became of it. Nothing is ranked."""
