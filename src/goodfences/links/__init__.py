"""Links to a copy of one clip, for a neighbor or an insurer who has no account."""
