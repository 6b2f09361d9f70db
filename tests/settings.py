"""Settings of the tests: the real ones, over a state folder that is thrown away."""

import atexit
import os
import shutil
import tempfile


def _throw_away(folder: str, maker: int) -> None:
    """Only the process that made the folder ends it: workers and programs that a test starts share it."""
    if os.getpid() == maker:
        shutil.rmtree(folder, ignore_errors=True)


if "GOODFENCES_STATE" not in os.environ:
    os.environ["GOODFENCES_STATE"] = tempfile.mkdtemp(prefix="goodfences-test-")
    atexit.register(_throw_away, os.environ["GOODFENCES_STATE"], os.getpid())

from goodfences.settings import *  # noqa: E402, F403

NOTICE_DAYS = 0  # Tests of the notice itself set it.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
