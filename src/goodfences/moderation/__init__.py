"""Moderation: reports, rulings, appeals, the ladder, limits, and whom one isn't shown. Seen in docs/moderation.md."""
