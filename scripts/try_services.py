"""Does the steps of docs/operating.md word by word: “As services”, “Behind a proxy”, “An upgrade without a pause”.

    python scripts/try_services.py

As root, in a namespace in which what is written to the folders of `OURS` is thrown away afterwards: accounts,
folders, programs and settings are real, and so is nginx where it is on PATH. systemd is played by `Systemctl`, which
starts what the installed units say, as the account and with the settings that they name; a unit's sandbox it leaves
out. Pages are read during the upgrade, and no answer may be anything but 200.
"""

from __future__ import annotations

import argparse
import os
import pwd
import re
import shlex
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs" / "operating.md"
OURS = ("/etc", "/opt", "/usr/local", "/usr/lib", "/var/lib", "/var/log", "/run", "/mnt")
UNITS = Path("/etc/systemd/system")
NGINX = Path("/etc/nginx")
SETTINGS = "/etc/goodfences/goodfences.env"
NAME = "localhost"
MINE = {
    "GOODFENCES_URL": f"https://{NAME}",
    "GOODFENCES_HOSTS": NAME,  # loopback's address is left out, by which the steps ask /readyz
    "GOODFENCES_MAIL_RATE": "14/second, 50000/day",
    "GOODFENCES_PROXIES": "127.0.0.1",
    "GOODFENCES_LOG": "WARNING",
}
"""What an operator here writes into the example of the settings."""


def blocks(heading: str, kind: str = "sh") -> list[str]:
    """The docs' code under a heading."""
    text = DOCS.read_text(encoding="utf-8").partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return re.findall(rf"^```{kind}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def steps(heading: str, *, without: str | None = None) -> None:
    """Do them; raises CalledProcessError at the first that fails."""
    for block in blocks(heading):
        told = "".join(line for line in block.splitlines(keepends=True) if without is None or without not in line)
        print(told, flush=True)
        lines = "".join(line + _settings_written(line) for line in told.splitlines(keepends=True))
        subprocess.run(["bash", "-e", "-o", "pipefail", "-c", lines], cwd=ROOT, check=True)


def _settings_written(line: str) -> str:
    """What an operator does where the step says that settings are written."""
    if SETTINGS not in line:
        return ""
    names = "|".join(MINE)
    lines = "\n".join(f"{name}={value}" for name, value in MINE.items())
    return f"sed -i -E '/^#?({names})=/d' {SETTINGS}\ncat >> {SETTINGS} <<'END'\n{lines}\nEND\n"


class Systemctl:
    """`systemctl` as far as the steps need it; where it keeps what runs: `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(exist_ok=True)

    def main(self, arguments: list[str]) -> None:
        act, *names = [word for word in arguments if not word.startswith("--")]
        if act == "daemon-reload":
            return
        for name in names:
            if name == "nginx":
                assert act == "reload"
                subprocess.run(["nginx", "-s", "reload"], check=True)
                continue
            if act in ("stop", "restart"):
                self.stop(name)
            if act in ("enable", "start", "restart"):
                self.start(name)

    def start(self, name: str) -> None:
        if name.endswith(".timer"):
            self.run(name.removesuffix(".timer"))
            return
        with (self._folder / f"{name}.log").open("ab") as log:
            program = subprocess.Popen(self._command(name), stdout=log, stderr=log, process_group=0)
        (self._folder / f"{name}.pid").write_text(str(program.pid))

    def run(self, name: str) -> None:
        """What a timer starts, to its end."""
        subprocess.run(self._command(name), check=True)

    def stop(self, name: str) -> None:
        """SIGTERM to the main program alone (KillMode=mixed), and SIGKILL to all when its time is over."""
        pid_file = self._folder / f"{name}.pid"
        pid = int(pid_file.read_text())
        said = self._said(name)
        assert said["KillMode"] == ["mixed"], name
        os.kill(pid, signal.SIGTERM)
        ends = time.monotonic() + int(said["TimeoutStopSec"][0])
        while _runs(pid):
            if time.monotonic() > ends:
                os.killpg(pid, signal.SIGKILL)
                raise TimeoutError(f"{name} didn't end in its time.")
            time.sleep(0.1)
        pid_file.unlink()

    def stop_all(self) -> None:
        for pid_file in self._folder.glob("*.pid"):
            self.stop(pid_file.stem)

    def _said(self, name: str) -> dict[str, list[str]]:
        stem, at, _instance = name.partition("@")
        said: dict[str, list[str]] = {}
        for line in (UNITS / f"{stem}{at}.service").read_text().splitlines():
            if "=" in line and not line.startswith("#"):
                key, _, value = line.partition("=")
                said.setdefault(key, []).append(value)
        return said

    def _command(self, name: str) -> list[str]:
        said, instance = self._said(name), name.partition("@")[2]
        account = pwd.getpwnam(said["User"][0])
        environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": account.pw_dir, "USER": account.pw_name}
        for line in said["Environment"] + Path(said["EnvironmentFile"][0]).read_text().splitlines():
            if "=" in line and not line.startswith("#"):
                key, _, value = line.partition("=")
                environment[key] = value
        folder = Path("/var/lib") / said["StateDirectory"][0]
        folder.mkdir(exist_ok=True, mode=0o700)
        os.chown(folder, account.pw_uid, account.pw_gid)
        words = shlex.split(said["ExecStart"][0].replace("%i", instance))
        words = [re.sub(r"\$\{(\w+)\}", lambda found: environment[found[1]], word) for word in words]
        given = [f"{key}={value}" for key, value in environment.items()]
        ids = [f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--init-groups"]
        shell = f'umask {said["UMask"][0]}; cd {shlex.quote(said["WorkingDirectory"][0])}; exec "$@"'
        return ["setpriv", *ids, "env", "-i", *given, "sh", "-c", shell, "sh", *words]


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def put_before_systemctl(folder: Path) -> Systemctl:
    """The steps' `systemctl` is ours."""
    programs = folder / "programs"
    programs.mkdir()
    shim = programs / "systemctl"
    shim.write_text(f'#!/bin/sh\nexec {sys.executable} {__file__} --systemctl {folder / "units"} "$@"\n')
    shim.chmod(0o755)
    os.environ["PATH"] = f"{programs}:{os.environ['PATH']}"
    return Systemctl(folder / "units")


def set_nginx_up(folder: Path) -> None:
    """The docs' site, with a certificate of its own where the docs leave that to the operator."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", f"/CN={NAME}"]
    quiet = {"check": True, "stderr": subprocess.DEVNULL}
    subprocess.run([*make, "-keyout", key, "-out", certificate, "-addext", f"subjectAltName=DNS:{NAME}"], **quiet)  # type: ignore[call-overload]
    for other in (NGINX / "sites-enabled").glob("*"):
        other.unlink()
    subprocess.run(["nginx"], check=True)
    (site,) = blocks("Behind a proxy", "nginx")
    said = f"ssl_certificate {certificate};\n    ssl_certificate_key {key};"
    site = site.replace("# ssl_certificate …", said).replace("your.instance.example", NAME)
    (NGINX / "conf.d" / "goodfences.conf").write_text(site)
    os.environ["SSL_CERT_FILE"] = str(certificate)


def ask(path: str) -> tuple[int, str]:
    """By the proxy where there is one, else the port itself under the instance's name."""
    with_proxy = shutil.which("nginx") is not None
    url = f"https://{NAME}{path}" if with_proxy else f"http://127.0.0.1:8000{path}"
    context = ssl.create_default_context(cafile=os.environ["SSL_CERT_FILE"]) if with_proxy else None
    try:
        with urlopen(Request(url, headers={"Host": NAME}), timeout=30, context=context) as answer:
            return answer.status, answer.read().decode(errors="replace")
    except HTTPError as error:
        return error.code, ""


@contextmanager
def people_reading() -> Iterator[Counter[str]]:
    """Page after page by two people while the block is run; what they were answered."""
    seen, over = Counter[str](), threading.Event()

    def read() -> None:
        while not over.is_set():
            try:
                said = str(ask("/promises/")[0])
            except OSError as error:
                said = type(error).__name__
            seen[said] += 1
            over.wait(0.1)

    threads = [threading.Thread(target=read) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        yield seen
    finally:
        over.set()
        for thread in threads:
            thread.join()


def styles_come() -> None:
    status, page = ask("/promises/")
    styles = re.findall(r'href="(/static/[^"]+\.css)"', page)
    assert status == 200 and styles, (status, page[:300])
    assert [ask(style)[0] for style in styles] == [200] * len(styles)


def state_is_the_accounts() -> None:
    ours = pwd.getpwnam("goodfences").pw_uid
    strange = [path for path in Path("/var/lib/goodfences").rglob("*") if path.lstat().st_uid != ours]
    assert not strange, strange


def seal_backups() -> None:
    """An identity made elsewhere, and its recipient in the settings."""
    made = subprocess.run(
        ["as-goodfences", "goodfences", "backup", "--new-identity", "/var/lib/goodfences/identity.txt"],
        check=True,
        capture_output=True,
        text=True,
    )
    (recipient,) = re.findall(r"age1\w+", made.stdout)[:1]
    with Path(SETTINGS).open("a") as file:
        file.write(f"GOODFENCES_BACKUP_RECIPIENTS={recipient}\n")


def try_them(folder: Path) -> None:
    systemctl = put_before_systemctl(folder)
    with_proxy = shutil.which("nginx") is not None
    try:
        steps("As services")
        if with_proxy:
            set_nginx_up(folder)
            steps("Behind a proxy")
        else:
            print("There is no nginx on PATH: the proxy and turning it over are left out.")
        styles_come()
        seal_backups()
        systemctl.main(["enable", "--now", "goodfences-backup.timer", "goodfences-recent.timer"])
        with people_reading() as seen:
            steps("An upgrade without a pause", without=None if with_proxy else "nginx")
        print(dict(seen))
        assert not with_proxy or set(seen) == {"200"}
        styles_come()
        state_is_the_accounts()
        assert Path("/opt/goodfences").readlink() == Path("goodfences-2")
    except BaseException:
        for log in (folder / "units").glob("*.log"):
            print(f"--- {log.name}\n{log.read_text(errors='replace')[-3000:]}")
        raise
    finally:
        if with_proxy and Path("/run/nginx.pid").exists():
            subprocess.run(["nginx", "-s", "stop"], check=False)
        systemctl.stop_all()
    print("Installed, served, backed up, upgraded, ended.")


def in_file_systems_of_its_own(folder: Path) -> None:
    """Whatever is written from here on below `OURS` is gone with this program."""
    upper = folder / "written"
    upper.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "mode=755", "goodfences-services", str(upper)]
    subprocess.run(mount, check=True)
    for place in OURS:
        above, work = upper / f"above{place.replace('/', '-')}", upper / f"work{place.replace('/', '-')}"
        above.mkdir()
        work.mkdir()
        how = f"lowerdir={place},upperdir={above},workdir={work}"
        subprocess.run(["mount", "-t", "overlay", "-o", how, "goodfences-services", place], check=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--systemctl", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    parser.add_argument("--inside", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.systemctl:
        Systemctl(Path(options.systemctl[0])).main(options.systemctl[1:])
    elif options.inside:
        in_file_systems_of_its_own(Path(options.inside))
        try_them(Path(options.inside))
    elif os.geteuid() != 0:
        sys.exit("The steps are root's: they make an account and folders, in file systems that are thrown away.")
    else:
        with tempfile.TemporaryDirectory() as folder:
            Path(folder).chmod(0o755)
            again = [sys.executable, __file__, "--inside", folder]
            sys.exit(subprocess.call(["unshare", "--mount", "--pid", "--fork", "--mount-proc", "--", *again]))


if __name__ == "__main__":
    main()
