"""Settings of the tests: the real ones, over a state folder that is thrown away."""

import os
import tempfile

os.environ.setdefault("GOODFENCES_STATE", tempfile.mkdtemp(prefix="goodfences-test-"))

from goodfences.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
