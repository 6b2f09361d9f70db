"""What officers do with shared video after the share. Each act is public and its owner hears of it (P2, P5, P10)."""
