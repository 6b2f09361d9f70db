"""What the portal may see of shared videos."""
