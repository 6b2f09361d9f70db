"""A real time-stamp server on loopback: OpenSSL's, behind HTTP."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

_CONFIG = """\
[req]
distinguished_name = none
prompt = no
[none]
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
subjectKeyIdentifier = hash
[stamps]
basicConstraints = CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
authorityKeyIdentifier = keyid
[tsa]
default_tsa = server
[server]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
accuracy = secs:1
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


@dataclass
class Tsa:
    """`authority` is the file with its root certificate; `asked` counts the questions."""

    url: str
    authority: Path
    asked: int = 0
    broken: bool = False


def _openssl(*arguments: str, stdin: bytes | None = None) -> bytes:
    done = subprocess.run(["openssl", *arguments], input=stdin, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def make(folder: Path) -> Path:
    """Keys and certificates of a server, new ones."""
    folder.mkdir()
    config = folder / "config"
    config.write_text(_CONFIG.format(folder=folder))
    (folder / "serial").write_text("01\n")
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-config", str(config), "-days", "3650"]
    root = [str(folder / "root.key"), "-out", str(folder / "root.pem")]
    _openssl("req", "-x509", *key, "-subj", "/CN=Time root", "-extensions", "root", "-keyout", *root)
    issued = ["-CA", str(folder / "root.pem"), "-CAkey", str(folder / "root.key")]
    own = [str(folder / "tsa.key"), "-out", str(folder / "tsa.pem")]
    _openssl("req", "-x509", *key, "-subj", "/CN=Time server", "-extensions", "stamps", *issued, "-keyout", *own)
    return folder / "root.pem"


@contextmanager
def running(folder: Path) -> Iterator[Tsa]:
    authority = make(folder)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            tsa.asked += 1
            question = folder / f"question-{tsa.asked}"
            question.write_bytes(self.rfile.read(int(self.headers["Content-Length"])))
            if tsa.broken:
                self.send_error(503)
                return
            config = str(folder / "config")
            answer = _openssl("ts", "-reply", "-config", config, "-queryfile", str(question))
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    tsa = Tsa(f"http://127.0.0.1:{server.server_port}/", authority)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield tsa
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
