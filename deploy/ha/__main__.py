"""Start a cluster, run a command with its DATABASE_URL, and stop it again; without a command, run until interrupted.

    python -m deploy.ha [--lossy] [COMMAND [ARGUMENT ...]]

`--lossy`: without synchronous replication, so that what a primary acknowledged last may die with it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from deploy.ha.cluster import cluster


def main(arguments: list[str]) -> int:
    lossy = arguments[:1] == ["--lossy"]
    command = arguments[1:] if lossy else arguments
    with cluster(synchronous=not lossy) as running:
        if command:
            return subprocess.call(command, env={**os.environ, "DATABASE_URL": running.url})
        print(f"DATABASE_URL={running.url}")
        for node in running.nodes:
            print(f"{node.name}: port {node.port}, http://127.0.0.1:{node.api}/patroni, logs in {node.folder}")
        signal.sigwait({signal.SIGINT, signal.SIGTERM})
    return 0


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, set() if sys.argv[1:] else {signal.SIGINT, signal.SIGTERM})
    sys.exit(main(sys.argv[1:]))
