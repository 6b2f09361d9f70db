"""The program that tells open pages of the feed what changed: `goodfences live`. It shows nothing itself."""
