"""`python -m goodfences.demo.catcher PORT`: the town's mail server. It keeps mail in the town's folder."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from goodfences.mail import catcher

FOLDER = "mailbox"

if __name__ == "__main__":
    sys.exit(catcher.main([sys.argv[1], str(Path(os.environ["GOODFENCES_STATE"]) / FOLDER)]))
