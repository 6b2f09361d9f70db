"""The command `goodfences`."""

from __future__ import annotations

import argparse
import logging
import os
import sys
import time
from collections.abc import Callable, Sequence

THREADS_FOR_PAGES = 16
WAIT_SECONDS = 2.0
Command = Callable[[argparse.Namespace, Sequence[str]], int]


def main(argv: Sequence[str] | None = None) -> None:
    """Run one command and exit with its status."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    parser = _parser()
    options, rest = parser.parse_known_args(arguments)
    if rest and not options.takes_rest:
        parser.error(f"unknown argument: {rest[0]}")
    sys.exit(options.run(options, rest))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="goodfences", description="The neighborhood camera network that asks first."
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    def add(name: str, run: Command, help: str, *, takes_rest: bool = False) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=help, description=help, add_help=not takes_rest)
        command.set_defaults(run=run, takes_rest=takes_rest)
        return command

    demo = add("demo", _demo, "start the demo town: web, worker and a local mailbox")
    demo.add_argument("--port", type=_port, default=8000, help="of the web pages (default 8000)")
    demo.add_argument("--data", default="demo-data", help="folder of the town's state (default demo-data)")
    demo.add_argument("--scenario", action="store_true", help="play the whole story by itself, printing each step")
    demo.add_argument("--reset", action="store_true", help="empty the town first")
    demo.add_argument("--empty", action="store_true", help="empty the town, and end")

    serve = add("serve", _serve, "serve the pages and the API")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=_port, default=8000)
    workers = "processes, up to the number of cores (default: GOODFENCES_SERVE_WORKERS, else 1)"
    serve.add_argument("--workers", type=int, help=workers)
    threads = "requests at once, a process (default: room for GOODFENCES_UPLOADS slow uploads, and 16)"
    serve.add_argument("--threads", type=int, help=threads)

    live = add("live", _live, "tell open pages of the neighborhood what changes")
    live.add_argument("--host", default="127.0.0.1")
    live.add_argument("--port", type=_port, default=8001)

    add("worker", _worker, "run the background work: matching, mail, checking clips, shares")
    add("migrate", _migrate, "bring the database up to date and publish the policy in force")
    add("doctor", _doctor, "say what is wrong with this instance, and how to mend it", takes_rest=True)
    keys = "which keys there are: `list`; a new master key: `rotate`; a new secret_key: `secret --new`"
    add("keys", _keys, keys, takes_rest=True)
    add("backup", _backup, "back up database, sealed footage, keys and the last signed checkpoint", takes_rest=True)
    add("restore", _restore, "restore a backup onto an empty machine", takes_rest=True)
    add(
        "verify",
        _verify,
        "check a PACKAGE, `receipt FILE`, `agreement FILE`, `ledger URL` or `entry FILE`",
        takes_rest=True,
    )
    add("witness", _witness, "look after a public ledger from any machine, and cosign it", takes_rest=True)
    add("bench", _bench, "measure speed side by side with a peer or a limit", takes_rest=True)
    add("mail-in", _mail_in, "take one bounced message on standard input")
    add("warnings", _warnings, "official warnings: `import FILE`, `geocodes FILE`", takes_rest=True)
    add("store", _store, "the store of sealed files: `move --to PLACE`, `scrub`", takes_rest=True)
    add("manage", _manage, "Django's own management commands", takes_rest=True)
    return parser


def _port(text: str) -> int:
    """A port that can be listened on. Raises ArgumentTypeError, which argparse shows."""
    if not text.isdecimal() or not 1 <= int(text) <= 65_535:
        raise argparse.ArgumentTypeError(f"a port is a number from 1 to 65535, not {text!r}")
    return int(text)


def _setup() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "goodfences.settings")
    from goodfences import loading

    with loading.for_good():
        import django

        django.setup()


def _setup_whole() -> None:
    """`_setup`, for what works on an instance: not on one that a restore hasn't filled yet."""
    _setup()
    _refuse_half_restored()


def _refuse_half_restored() -> None:
    """Where nothing but this has to be known of the instance, its models needn't be loaded."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "goodfences.settings")
    from goodfences.operating.backups import mark

    if stamp := mark.stamp():
        sys.exit(f"A restore of {stamp} isn't finished here. Run the same `goodfences restore` again.")


def _demo(options: argparse.Namespace, _rest: Sequence[str]) -> int:
    from goodfences.demo import launcher

    if options.empty:
        return launcher.empty(options.data)
    return launcher.run(port=options.port, data=options.data, scenario=options.scenario, reset=options.reset)


def _serve(options: argparse.Namespace, _rest: Sequence[str]) -> int:
    _refuse_half_restored()
    from django.conf import settings

    if options.threads is not None and options.threads <= settings.UPLOADS_AT_ONCE:
        sys.exit(f"--threads must be more than GOODFENCES_UPLOADS, {settings.UPLOADS_AT_ONCE}: pages need some too.")
    threads = options.threads or settings.UPLOADS_AT_ONCE + THREADS_FOR_PAGES
    workers = options.workers or settings.SERVE_WORKERS
    command = serve_command(options.host, options.port, workers, threads)
    # In this program's place, so that whoever stops it stops the server.
    os.execv(command[0], command)  # noqa: S606


def serve_command(host: str, port: int, workers: int = 1, threads: int = 48) -> list[str]:
    """The command that serves the instance with granian.

    A thread is started when it is needed and mostly waits, for a disk or a slow line: an upload holds one as long
    as its bytes take. granian warns of more than twice the cores, so its warnings are left out.
    """
    return [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port)),
        *("--workers", str(workers), "--blocking-threads", str(threads), "--no-ws", "--log-level", "error"),
        "goodfences.wsgi:application",
    ]


def _live(options: argparse.Namespace, _rest: Sequence[str]) -> int:
    _refuse_half_restored()
    command = live_command(options.host, options.port)
    os.execv(command[0], command)  # noqa: S606


def live_command(host: str, port: int) -> list[str]:
    """The command that serves the streams: one process and one event loop for thousands of open pages.

    Apart from the pages' own server, whose threads belong to uploads and pages: a stream there would hold one.
    """
    return [
        *(sys.executable, "-m", "granian", "--interface", "asginl", "--host", host, "--port", str(port)),
        *("--workers", "1", "--backlog", "4096", "--backpressure", "20000", "--no-ws", "--log-level", "error"),
        "goodfences.web.live.app:application",
    ]


def _worker(_options: argparse.Namespace, _rest: Sequence[str]) -> int:
    _setup_whole()
    from goodfences.worker import Worker

    _publish_policy()
    Worker().run()
    return 0


def _publish_policy() -> None:
    """A policy file that was changed is published by the worker that starts with it, once a database is there."""
    from django.db import OperationalError, ProgrammingError, connection

    from goodfences.video_requests.publication import publish_policy

    while True:
        try:
            publish_policy()
            return
        except (OperationalError, ProgrammingError):
            logging.getLogger("goodfences.worker").warning("The database isn't ready: run `goodfences migrate`.")
            connection.close()
            time.sleep(WAIT_SECONDS)


def _past_a_pool() -> None:
    """For what holds on to one connection: DATABASE_DIRECT_URL takes the place of DATABASE_URL."""
    os.environ["DATABASE_URL"] = os.environ.get("DATABASE_DIRECT_URL") or os.environ.get("DATABASE_URL", "")


def _migrate(_options: argparse.Namespace, _rest: Sequence[str]) -> int:
    _past_a_pool()
    _setup_whole()
    from goodfences import migrating
    from goodfences.video_requests.publication import publish_policy

    try:
        migrating.migrate()
    except migrating.ThroughAPool as reason:
        sys.exit(str(reason))
    publish_policy()
    return 0


def _doctor(_options: argparse.Namespace, rest: Sequence[str]) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "goodfences.settings")
    from goodfences.operating.doctor import command as doctor_command

    return doctor_command.main(rest)


def _keys(_options: argparse.Namespace, rest: Sequence[str]) -> int:
    _setup_whole()
    from goodfences.operating.keys import command as keys_command

    return keys_command.main(rest)


def _backup(_options: argparse.Namespace, rest: Sequence[str]) -> int:
    _past_a_pool()
    _setup_whole()
    from goodfences.operating.backups import command as backups_command

    return backups_command.backup(rest)


def _restore(_options: argparse.Namespace, rest: Sequence[str]) -> int:
    _past_a_pool()
    _setup()
    from goodfences.operating.backups import command as backups_command

    return backups_command.restore(rest)


def _verify(_options: argparse.Namespace, rest: Sequence[str]) -> int:
    if rest[:1] in (["ledger"], ["entry"]):
        from goodfences.ledger import command as ledger_command

        return (ledger_command.main if rest[0] == "ledger" else ledger_command.main_entry)(rest[1:])
    from goodfences.evidence import command as evidence_command

    if rest[:1] == ["agreement"]:
        from goodfences.joining import command as agreement_command

        return agreement_command.main(rest[1:])
    if rest[:1] == ["receipt"]:
        return evidence_command.main_receipt(rest[1:])
    return evidence_command.main(rest)


def _witness(_options: argparse.Namespace, rest: Sequence[str]) -> int:
    from goodfences.ledger.witness import command as witness_command

    return witness_command.main(rest)


def _bench(_options: argparse.Namespace, rest: Sequence[str]) -> int:
    from goodfences.bench.runner import main as bench_main

    return bench_main(list(rest))


def _mail_in(_options: argparse.Namespace, _rest: Sequence[str]) -> int:
    _setup_whole()
    from goodfences.mail.actions import record_bounce

    record_bounce(sys.stdin.buffer.read())
    return 0


def _warnings(_options: argparse.Namespace, rest: Sequence[str]) -> int:
    _setup()
    from goodfences.alerts import command as warnings_command

    return warnings_command.main(rest)


def _store(_options: argparse.Namespace, rest: Sequence[str]) -> int:
    _setup()
    from goodfences.vault import command as store_command

    return store_command.main(rest)


def _manage(_options: argparse.Namespace, rest: Sequence[str]) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "goodfences.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(["goodfences manage", *rest])
    return 0


if __name__ == "__main__":
    main()
