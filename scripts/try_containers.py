"""Tries what `packaging/` says without a container engine: lint, build by the file's own steps, start, ask, end.

    python scripts/try_containers.py [FOLDER]

The container files are linted (hadolint), the compose files held to their schema (check-jsonschema). Then the steps
of `packaging/Containerfile` are done in an empty FOLDER (by default a temporary one): its COPY from this checkout,
its RUN by a shell, with the container's folders under FOLDER. What asks for root (a user, Debian's packages) is left
out, and said. What was built is started by the commands of the systemd units, has to say that it is well, and to end
at SIGTERM.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

ROOT = Path(__file__).resolve().parent.parent
PACKAGING = ROOT / "packaging"
LINTERS = ROOT / "requirements" / "containers.txt"
ACCEPTED = (
    "DL3008",
)  # Debian's stable has one version of a package at a time, and mends it: a pinned one goes missing
NEEDS_ROOT = ("apt-get", "useradd")
INSIDE = ("/opt/", "/build", "/src", "/data", "/hub")
"""Folders of the container: here they lie under FOLDER."""
UNITS = ("goodfences-web@", "goodfences-live", "goodfences-worker")
SECONDS = 180.0


def lint(folder: Path) -> None:
    """Raises CalledProcessError where a linter finds anything."""
    environment = folder / "linters"
    subprocess.run([sys.executable, "-m", "venv", environment], check=True)
    pip = [environment / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary", ":all:"]
    subprocess.run([*pip, "--require-hashes", "--no-deps", "-r", LINTERS], check=True)
    ignored = [word for rule in ACCEPTED for word in ("--ignore", rule)]
    files = sorted(PACKAGING.glob("Containerfile*"))
    subprocess.run([environment / "bin" / "hadolint", *ignored, *files], check=True)
    composed = sorted(PACKAGING.glob("compose*.yaml"))
    schema = [environment / "bin" / "check-jsonschema", "--builtin-schema", "vendor.compose-spec"]
    subprocess.run([*schema, *composed], check=True)


def steps(file: Path) -> list[tuple[str, str]]:
    """Instruction and what follows it, comments and continuations taken out."""
    text = re.sub(r"\\\n", " ", file.read_text(encoding="utf-8"))
    lines = [line.strip() for line in text.splitlines()]
    return [tuple(line.split(None, 1)) for line in lines if line and not line.startswith("#")]  # type: ignore[misc]


class Built:
    """The container's file system under a folder; `environment` is what its ENV says."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.at = folder
        self.environment: dict[str, str] = {}

    def inside(self, text: str) -> str:
        """A shell's words with the container's folders where they lie here."""
        return re.sub(rf"(?<![\w./])(?={'|'.join(map(re.escape, INSIDE))})", str(self.folder), text)

    def build(self, file: Path) -> None:
        for instruction, rest in steps(file):
            match instruction:
                case "WORKDIR":
                    self.at = Path(self.inside(rest))
                    self.at.mkdir(parents=True, exist_ok=True)
                case "COPY":
                    self._copy(*shlex.split(rest))
                case "RUN":
                    self._run(rest)
                case "ENV":
                    for name, value in (word.split("=", 1) for word in shlex.split(rest)):
                        self.environment[name] = os.path.expandvars(self.inside(value))
                case "FROM":
                    self.at = self.folder

    def _copy(self, *words: str) -> None:
        built = [word for word in words if word.startswith("--from")]
        *sources, target = [word for word in words if not word.startswith("--")]
        into = self.at / self.inside(target)
        for source in sources:
            origin = Path(self.inside(source)) if built else ROOT / source
            place = into / origin.name if origin.is_file() or len(sources) > 1 else into
            if origin == place:  # both stages are this one folder
                continue
            place.parent.mkdir(parents=True, exist_ok=True)
            if origin.is_dir():
                kept = shutil.ignore_patterns("node_modules", "dist", "__pycache__", "*.egg-info")
                shutil.copytree(origin, place, dirs_exist_ok=True, ignore=None if built else kept)
            else:
                shutil.copy2(origin, place)

    def _run(self, command: str) -> None:
        if any(word in command for word in NEEDS_ROOT):
            print(f"left out, as it needs root: {command}")
            return
        command = self.inside(command).replace("python -m venv", f"{shlex.quote(sys.executable)} -m venv")
        print(f"+ {command}", flush=True)
        subprocess.run(["/bin/sh", "-ec", command], cwd=self.at, env=clean(), check=True)


def clean() -> dict[str, str]:
    """This program's environment without what would show another Python's packages."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}


def start(built: Built, port: int) -> list[subprocess.Popen[bytes]]:
    """The units' programs, after `migrate`."""
    state = built.folder / "data"
    state.mkdir(exist_ok=True, mode=0o700)
    environment = {
        **clean(),
        **built.environment,
        "GOODFENCES_STATE": str(state),
        "GOODFENCES_URL": f"http://127.0.0.1:{port}",
    }
    program = str(built.folder / "opt/goodfences/bin/goodfences")
    subprocess.run([program, "migrate"], env=environment, cwd=state, check=True)
    running = []
    for unit in UNITS:
        text = (PACKAGING / f"{unit}.service").read_text(encoding="utf-8")
        (line,) = re.findall(r"^ExecStart=/opt/goodfences/bin/goodfences (.*)$", text, re.MULTILINE)
        words = shlex.split(line.replace("%i", str(port)).replace("8001", str(free_port())))
        print(f"+ goodfences {shlex.join(words)}", flush=True)
        running.append(subprocess.Popen([program, *words], env=environment, cwd=state))
    return running


def ask(port: int, path: str) -> None:
    """Until it answers 200. Raises TimeoutError."""
    ends = time.monotonic() + SECONDS
    while time.monotonic() < ends:
        try:
            with urlopen(Request(f"http://127.0.0.1:{port}{path}"), timeout=10) as answer:
                print(f"{path} {answer.status}", flush=True)
                return
        except HTTPError as error:
            print(f"{path} {error.code}", flush=True)
        except OSError:
            pass
        time.sleep(1)
    raise TimeoutError(f"{path} didn't answer.")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def try_in(folder: Path) -> None:
    lint(folder)
    built, port = Built(folder / "container"), free_port()
    built.folder.mkdir()
    built.build(PACKAGING / "Containerfile")
    running = start(built, port)
    try:
        for path in ("/healthz", "/readyz", "/promises/"):
            ask(port, path)
    finally:
        for one in reversed(running):
            one.terminate()
        ended = [one.wait(60) for one in running]
    if any(ended):
        sys.exit(f"A program ended with {ended}.")
    hub = Built(folder / "hub-container")
    hub.folder.mkdir()
    hub.build(PACKAGING / "Containerfile.hub")
    subprocess.run(
        [hub.folder / "hub/bin/goodfences-hub", "--help"], env=clean(), stdout=subprocess.DEVNULL, check=True
    )
    print("Built, started, well, ended.")


def main() -> None:
    if len(sys.argv) > 1:
        folder = Path(sys.argv[1]).resolve()
        folder.mkdir(parents=True)
        try_in(folder)
        return
    with tempfile.TemporaryDirectory() as temporary:
        try_in(Path(temporary))


if __name__ == "__main__":
    main()
