"""What can be wrong with a sealed thing."""

from __future__ import annotations


class VaultError(Exception):
    """A sealed thing can't be opened. The message names no content."""


class Tampered(VaultError):
    """These bytes aren't what was sealed: changed, cut short, reordered, or not an age file at all."""


class WrongKey(VaultError):
    """This age file is sealed to another key."""


class KeyDestroyed(VaultError):
    """The key was destroyed, and with it everything it sealed."""


class BlobMissing(VaultError):
    """The store holds no blob of this name."""


class BlobExists(VaultError):
    """The store holds a blob of this name already; sealed blobs are never changed."""


class HoldLapsed(VaultError):
    """Files were to be kept from being deleted for a while, and weren't for all of it."""


class StoreTrouble(OSError):
    """The store doesn't do its work: it is away, slow, full, refuses us, or lost what it took. Try again later.

    The message says which, and names neither blob nor address.
    """
