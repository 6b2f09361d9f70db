"""What has to work for an instance to do its work. Each check is a function, and CHECKS is their order."""

from __future__ import annotations

import ctypes
import shutil
import smtplib
import socket
import ssl
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor

from goodfences import source
from goodfences.clips import queries as clips
from goodfences.ledger import actions as ledger
from goodfences.ledger import keys as ledger_keys
from goodfences.ledger import queries as record
from goodfences.ledger import tree, witnesses
from goodfences.mail import queries as mail
from goodfences.operating.backups import mark
from goodfences.operating.doctor.finding import Check, Finding, fault, ok, warning
from goodfences.replica import nearness
from goodfences.vault import backed_up, blobs, keys, slowly
from goodfences.vault.models import BackedUp, SealedKey
from goodfences.worker import beat_file

_SECONDS = 10
_REPLICA_STEP = 0.05
_WORKER_LATE = timedelta(minutes=1)
_MAIL_LATE = timedelta(minutes=15)
_CERTIFICATE_SOON = timedelta(days=14)
_BACKUP_LATE = timedelta(hours=36)
_RECENT_LATE = timedelta(hours=1)
_SCRUB_LATE = 3 * slowly.EVERY
"""One that takes longer than its week begins the next one when it ends."""

_TIME_ERROR = 5
"""What adjtimex(2) answers where nothing keeps the clock."""


def restore() -> Finding:
    """Whether a restore from a backup was cut off."""
    if stamp := mark.stamp():
        return fault(f"A restore of {stamp} isn't finished.", "Run the same `goodfences restore` again.")
    return ok("No restore is under way.")


def database() -> Finding:
    """Whether it answers, and has the tables of this version."""
    try:
        connection.ensure_connection()
    except Error as error:
        where = settings.DATABASES["default"]
        name = where.get("HOST") or where["NAME"]
        return fault(
            f"The database at {name} can't be reached: {type(error).__name__}.", "Start it, or mend DATABASE_URL."
        )
    executor = MigrationExecutor(connection)
    if behind := len(executor.migration_plan(executor.loader.graph.leaf_nodes())):
        return fault(f"The database lacks {behind} migrations of this version.", "Run `goodfences migrate`.")
    if ahead := set(executor.loader.applied_migrations) - set(executor.loader.disk_migrations or ()):
        return warning(
            f"The database has {len(ahead)} migrations that this version doesn't know.",
            "Run the newest version on every machine.",
        )
    return ok(f"{connection.display_name} answers and is up to date.")


def replica() -> Finding:
    """Whether what is read from it is new enough."""
    follower = nearness.follower()
    if follower is None:
        return ok("No replica is named; everything is read from one database.")
    began = time.monotonic()
    place = nearness.written()
    mend = "Public pages are read from the primary meanwhile. See that the replica runs and follows."
    while True:
        try:
            at = nearness.replayed()
        except Error as error:
            return warning(f"The replica doesn't answer: {type(error).__name__}.", mend)
        if at >= place:
            return ok(f"The replica follows within {time.monotonic() - began:.1f} s.")
        if time.monotonic() - began > follower.limit:
            behind = (place - at) / 1e6
            return warning(f"The replica is more than {follower.limit:g} s behind, {behind:,.1f} MB of log.", mend)
        time.sleep(_REPLICA_STEP)


def disk() -> Finding:
    """Room where the state lies: nothing is acknowledged that can't be written."""
    usage = shutil.disk_usage(settings.STATE)
    says = f"{usage.free / 1e9:,.1f} of {usage.total / 1e9:,.1f} GB of the state's disk are free."
    if usage.free < usage.total // 50:
        return fault(says, "Make room now: uploads are about to be refused.")
    if usage.free < usage.total // 10:
        return warning(says, "Make room, or keep clips for less long (GOODFENCES_CLIP_KEPT_DAYS).")
    return ok(says)


def clock() -> Finding:
    """Whether something keeps it right: deadlines, codes and signatures hang on it."""
    latest = record.latest_checkpoint()
    if latest is not None and source.now() < latest.signed_at - timedelta(minutes=1):
        return fault(
            "The clock is before the newest signed checkpoint.",
            "Set it right: timedatectl set-ntp true. Then restart.",
        )
    if _unkept():
        return warning("Nothing keeps this machine's clock right.", "Run chrony or systemd-timesyncd.")
    return ok("The clock is kept right.")


def _unkept() -> bool:
    """By adjtimex(2), which anyone may ask; False where a system has none."""
    room = ctypes.create_string_buffer(512)  # struct timex with modes = 0 changes nothing
    try:
        return int(ctypes.CDLL(None).adjtimex(room)) == _TIME_ERROR
    except AttributeError:
        return False


def mail_server() -> Finding:
    """Whether the server that takes mail answers, and with TLS where that is set."""
    if settings.MAIL_PROVIDER:
        return ok(f"Mail goes to {settings.MAIL_PROVIDER}'s API; /staff/ says what became of it.")
    host, port = settings.EMAIL_HOST, settings.EMAIL_PORT
    try:
        with _smtp(host, port) as server:
            server.ehlo()
            if settings.EMAIL_USE_TLS:
                server.starttls(context=ssl.create_default_context())
                server.ehlo()
            if settings.EMAIL_HOST_USER:
                server.login(settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD)
    except (OSError, smtplib.SMTPException) as error:
        mend = "See that it runs and lets this machine in; GOODFENCES_SMTP_HOST, _PORT, _USER, _PASSWORD, _TLS."
        return fault(f"The mail server {host}:{port} doesn't take mail: {type(error).__name__}.", mend)
    return ok(f"The mail server {host}:{port} answers.")


def _smtp(host: str, port: int) -> smtplib.SMTP:
    if settings.EMAIL_USE_SSL:
        return smtplib.SMTP_SSL(host, port, timeout=_SECONDS, context=ssl.create_default_context())
    return smtplib.SMTP(host, port, timeout=_SECONDS)


def store() -> Finding:
    """Whether sealed files can be written, read and deleted."""
    name, content = f"doctor/{source.new_ref('doctor')}", b"goodfences doctor"
    where = settings.BLOBS
    try:
        with blobs.store().create(name) as writer:
            writer.write(content)
            writer.commit()
        opened = blobs.store().open(name)
        same = opened.read() == content
        opened.close()
        blobs.store().delete(name)
    except Exception as error:  # noqa: BLE001 - folder and S3 fail in many ways
        return fault(
            f"{where} can't be written to: {type(error).__name__}.", "See its owner, its disk, or its credentials."
        )
    if not same:
        return fault(
            f"{where} gives back other bytes than it took.", "Stop the instance, and change that disk or store."
        )
    return ok(f"{where} takes and gives files.")


def scrub() -> Finding:
    """What reading the whole store back found the last time."""
    if not settings.SCRUB_MB_A_SECOND:
        return warning(
            "Nothing reads the store back: GOODFENCES_SCRUB_MB_A_SECOND is 0.",
            "Set it, or run `goodfences store scrub` each week.",
        )
    last = slowly.last()
    if last is None or last.ended_at is None:
        return ok("The store wasn't read back yet; the worker does it each week.")
    says = f"The store was read back by {last.ended_at:%Y-%m-%d}: {last.read:,} files"
    if wrong := last.missing + last.broken:
        return fault(
            f"{says}, {wrong:,} of them missing or broken.",
            "`goodfences store scrub` names them; put them back from a backup (docs/operating.md, “The store”).",
        )
    if source.now() - last.ended_at > _SCRUB_LATE:
        return warning(f"{says}.", "Start `goodfences worker`, or raise GOODFENCES_SCRUB_MB_A_SECOND.")
    if last.orphans:
        return warning(f"{says}, and {last.orphans:,} that nobody names.", "`goodfences store scrub --mend`.")
    return ok(f"{says}, all of them whole.")


def master_key() -> Finding:
    """Whether what was sealed can be opened."""
    key = SealedKey.objects.filter(sealed_identity__isnull=False).order_by("-pk").first()
    if key is None:
        return ok("Nothing is sealed yet.")
    try:
        keys.identity(key)
    except Exception as error:  # noqa: BLE001 - said by type alone
        return fault(
            f"The newest key can't be opened: {type(error).__name__}.", "Put keys/master.age back from its backup."
        )
    return ok("The master key opens the newest key.")


def worker() -> Finding:
    """Whether one is at work on this machine."""
    try:
        seen_at = datetime.fromtimestamp(beat_file().stat().st_mtime, UTC)
    except FileNotFoundError:
        return fault("No worker was ever at work here.", "Start `goodfences worker`.")
    if source.now() - seen_at > _WORKER_LATE:
        return fault(
            f"The worker was last at work at {seen_at:%Y-%m-%d %H:%M} UTC.",
            "Start `goodfences worker`; read its log.",
        )
    return ok("A worker is at work.")


def queues() -> Finding:
    """Whether work waits for longer than it should."""
    health = mail.health()
    if uncertain := health.counts.get("uncertain"):
        return warning(f"{uncertain} emails may or may not have been sent.", "Decide on them at /staff/.")
    if health.oldest_due_at and source.now() - health.oldest_due_at > _MAIL_LATE:
        return fault(
            f"Mail has waited since {health.oldest_due_at:%Y-%m-%d %H:%M} UTC.", "See the mail server and the worker."
        )
    if (waiting := clips.to_check()) > 1000:
        return warning(f"{waiting} clips wait for their check.", "Start a second `goodfences worker`.")
    return ok("Nothing waits for long.")


def ledger_signer() -> Finding:
    """Whether database, file and key tell one history, and all of it is signed."""
    if tree.size() == 0:
        return ok("The ledger is empty.")
    if trouble := ledger.would_fork():
        return fault(trouble, "See docs/operating.md, “A ledger that is behind”.")
    waiting = tree.size() - record.signed_size()
    newest = record.entry(tree.size() - 1)
    if waiting and source.now() - newest.at > _WORKER_LATE:
        return fault(f"{waiting} entries aren't signed.", "Start `goodfences worker`; read its log.")
    return ok(f"{record.signed_size()} entries are signed by {ledger_keys.origin()}.")


def ledger_witnesses() -> Finding:
    """Whether they can be asked, and cosign what we sign."""
    if refusing := record.refusals():
        names = ", ".join(one.name for one in refusing)
        return fault(
            f"{names} won't cosign what this ledger signs.",
            "See docs/ledger.md, “Witnesses”: this is what a fork looks like.",
        )
    silent = []
    for witness in witnesses.configured():
        try:
            witnesses.newest_seen(witness)
        except witnesses.Silent:
            silent.append(witness.key.name)
    if silent:
        return warning(
            f"{', '.join(silent)} can't be asked.", "Tell whoever runs it; name another in GOODFENCES_WITNESSES."
        )
    if not settings.WITNESSES:
        return warning(
            "Nobody witnesses the ledger.",
            "Ask somebody else to run `goodfences witness`, and name it in GOODFENCES_WITNESSES.",
        )
    return ok("Every witness answers.")


def certificate() -> Finding:
    """Whether browsers trust the public address, and for how long."""
    address = urlsplit(settings.SITE_URL)
    host = address.hostname or ""
    if address.scheme != "https":
        if host in ("127.0.0.1", "localhost", "::1"):
            return ok("The address is this machine's own.")
        return fault(
            f"{settings.SITE_URL} isn't https.",
            "Put a proxy with a certificate in front, and say https:// in GOODFENCES_URL.",
        )
    try:
        ends_at = _certificate_ends(host, address.port or 443)
    except (OSError, ssl.SSLError) as error:
        return fault(f"{host} can't be reached by https: {type(error).__name__}.", "See proxy, certificate and DNS.")
    if ends_at - source.now() < _CERTIFICATE_SOON:
        return warning(
            f"The certificate of {host} ends on {ends_at:%Y-%m-%d}.",
            "Renew it; see why that doesn't happen by itself.",
        )
    return ok(f"{host} has a certificate until {ends_at:%Y-%m-%d}.")


def _certificate_ends(host: str, port: int) -> datetime:
    with (
        socket.create_connection((host, port), timeout=_SECONDS) as raw,
        ssl.create_default_context().wrap_socket(raw, server_hostname=host) as line,
    ):
        found = line.getpeercert() or {}
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(found["notAfter"])), UTC)


def frontend() -> Finding:
    """Whether the pages' scripts and styles were built."""
    if not (Path(settings.FRONTEND_DIST) / "manifest.json").is_file():
        return fault(
            f"There is no built frontend in {settings.FRONTEND_DIST}.",
            "Install the version by `make install`; in a checkout run scripts/build_frontend.py.",
        )
    return ok("The frontend is built.")


def backups() -> Finding:
    """Whether somebody could restore this instance, and what of it."""
    whole = backed_up.last(backed_up.WHOLE)
    made_at = whole.made_at if whole else None
    if not settings.BACKUP_RECIPIENTS and made_at is None:
        return warning(
            "No backups are sealed to anybody.", "See docs/operating.md, “Backups”; set GOODFENCES_BACKUP_RECIPIENTS."
        )
    tried = _tried_in_vain(whole)
    mend = (
        "Read the log of goodfences-backup. `goodfences backup FOLDER` makes one; goodfences-backup.timer each night."
    )
    if made_at is None:
        return fault(f"No backup was ever made.{tried}", mend)
    says = f"The last backup is of {made_at:%Y-%m-%d %H:%M} UTC."
    if source.now() - made_at > _BACKUP_LATE:
        return fault(f"{says}{tried}", mend)
    return warning(f"{says}{tried}", mend) if tried else _written_down(says)


def _written_down(says: str) -> Finding:
    """Whether what can't wait for the next backup is written down meanwhile."""
    recent = backed_up.last(backed_up.RECENT)
    made_at = recent.made_at if recent else None
    mend = "`goodfences backup FOLDER --recent` every five minutes: goodfences-recent.timer; read its log."
    if made_at is None:
        return warning(f"{says} What can't wait was never written down.{_tried_in_vain(recent)}", mend)
    says = f"{says} What can't wait was written down at {made_at:%Y-%m-%d %H:%M} UTC."
    if source.now() - made_at > _RECENT_LATE:
        return warning(f"{says}{_tried_in_vain(recent)}", mend)
    return ok(says)


def _tried_in_vain(one: BackedUp | None) -> str:
    """A sentence where the last try failed."""
    if one is None or one.failed_at is None or (one.made_at is not None and one.made_at >= one.failed_at):
        return ""
    return f" The try at {one.failed_at:%Y-%m-%d %H:%M} UTC failed ({one.trouble})."


CHECKS: dict[str, Check] = {
    "restore": restore,
    "database": database,
    "replica": replica,
    "disk": disk,
    "clock": clock,
    "store": store,
    "scrub": scrub,
    "master key": master_key,
    "ledger": ledger_signer,
    "witnesses": ledger_witnesses,
    "worker": worker,
    "queues": queues,
    "mail": mail_server,
    "certificate": certificate,
    "frontend": frontend,
    "backups": backups,
}
