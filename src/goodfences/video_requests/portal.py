"""What the portal may see of video requests."""
