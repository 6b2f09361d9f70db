"""What an operator does: backups, and asking how the instance does. Knows every room, and no room knows it."""
