"""The owner side of a share."""
