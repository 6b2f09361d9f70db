"""A second PostgreSQL that follows the first one: which reads it may answer, and whether it is near enough.

Knows nothing of ours. `reading()` marks what may be read there, `nearness.follower()` says whether it may right now.
"""
