"""The demo town's own recordings: real H.264 for every bench that needs some."""

from pathlib import Path

FOOTAGE = Path(__file__).parents[1] / "demo" / "footage"
