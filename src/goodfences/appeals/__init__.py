"""Public appeals: an agency's public call for video, where asking owners one by one would be wrong.

Not to be confused with what residents say against a moderator's ruling, which is `moderation`'s.
"""
