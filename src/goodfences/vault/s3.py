"""Sealed files in any S3 store: `GOODFENCES_BLOBS=s3://bucket/prefix`.

Credentials, region and the address of a store other than AWS come from the environment as boto3 reads it
(AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_ENDPOINT_URL, ...). A store must answer a write when it is durable,
have it there whole or not at all, and give it to the next who asks, which is what `BlobStore` promises; each write is
read back before it counts (`S3Writer.commit`).

What boto3 raises names objects and addresses. Nothing of it leaves this module: `_in_words` says what is wrong.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from types import TracebackType
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.core.exceptions import ImproperlyConfigured

from goodfences import source
from goodfences.vault.blobs import Blob, checked_name, is_name
from goodfences.vault.errors import BlobExists, BlobMissing, StoreTrouble
from goodfences.vault.seek import SealedFile

PART = 8 * 1024 * 1024 + 256 * 1024
"""S3 takes parts of 5 MiB and more. A sealed part of an upload (clips' PART_BYTES) fits, and is one request."""

TAIL = 64 * 1024
"""How much of an object's end is read back: age's last chunk, in which no two sealed files are alike."""

CONNECT_SECONDS, READ_SECONDS, TRIES = 5, 30, 5
"""How long the store may take to answer, and how often it is asked: boto3 waits longer before each try, by chance."""

_CONNECTIONS = 64
"""As many threads as a process of `serve` has for uploads and pages (goodfences.cli)."""

_AT_ONCE = 1000
_TAKEN = {"412", "PreconditionFailed", "409", "ConditionalRequestConflict"}
_WORDS = {
    "NoSuchBucket": "The store has no such bucket.",
    "InvalidAccessKeyId": "The store doesn't know this access key.",
    "SignatureDoesNotMatch": "The store refuses the secret key.",
    "AccessDenied": "The store denies access: its key may not do this, or is another store's.",
    "403": "The store denies access: its key may not do this, or is another store's.",
}


class S3Writer:
    """Collects one part at a time and completes the object at `commit`."""

    def __init__(self, client: Any, bucket: str, key: str) -> None:
        self._client, self._where = client, {"Bucket": bucket, "Key": key}
        self._buffer = bytearray()
        self._size = 0
        self._upload = ""
        self._parts: list[dict[str, Any]] = []
        self._open = True

    def write(self, data: bytes) -> int:
        self._buffer += data
        self._size += len(data)
        while len(self._buffer) > PART + TAIL:
            self._send(bytes(memoryview(self._buffer)[:PART]))
            del self._buffer[:PART]
        return len(data)

    def commit(self) -> None:
        """Return once the object is there with its size and its end, as a reader would get it.

        Raises BlobExists, and StoreTrouble where the store has something else than what it said that it took.
        """
        if _size(self._client, self._where) is not None:
            raise BlobExists("The store holds a blob of this name already.")
        try:
            self._complete()
        except ClientError as error:
            # Either another was first, or an answer was lost and what we sent again met itself.
            if _code(error) not in _TAKEN or not self._is_kept():
                raise _in_words(error) from None
        except BotoCoreError as error:
            raise _in_words(error) from None
        if not self._is_kept():
            raise StoreTrouble("The store said that it took a blob, and doesn't have it.")
        self._open = False

    def _complete(self) -> None:
        """Of two that commit one name at once, a store that knows If-None-Match lets the first have it."""
        if not self._upload:
            self._client.put_object(**self._where, Body=bytes(self._buffer), IfNoneMatch="*")
            return
        self._send(bytes(self._buffer))
        self._client.complete_multipart_upload(
            **self._where, UploadId=self._upload, MultipartUpload={"Parts": self._parts}, IfNoneMatch="*"
        )

    def _is_kept(self) -> bool:
        return _end_of(self._client, self._where, self._size) == bytes(self._buffer[-TAIL:])

    def _send(self, part: bytes) -> None:
        with _spoken():
            if not self._upload:
                self._upload = self._client.create_multipart_upload(**self._where)["UploadId"]
            number = len(self._parts) + 1
            answer = self._client.upload_part(**self._where, UploadId=self._upload, PartNumber=number, Body=part)
        self._parts.append({"ETag": answer["ETag"], "PartNumber": number})

    def __enter__(self) -> S3Writer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._open and self._upload:
            with suppress(StoreTrouble), _spoken():  # a store that is away now keeps it until it is swept
                self._client.abort_multipart_upload(**self._where, UploadId=self._upload)


def _size(client: Any, where: dict[str, str]) -> int | None:
    """An object's size; None where it isn't there."""
    try:
        with _spoken():
            size: int = client.head_object(**where)["ContentLength"]
    except BlobMissing:
        return None
    return size


def _end_of(client: Any, where: dict[str, str], size: int) -> bytes | None:
    """The last TAIL bytes of an object of that size; None where there is none, or one of another size."""
    start = max(0, size - TAIL)
    if not size:
        return b"" if _size(client, where) == 0 else None
    try:
        with _spoken():
            answer = client.get_object(**where, Range=f"bytes={start}-")
            data: bytes = answer["Body"].read()
    except BlobMissing:
        return None
    return data if answer.get("ContentRange") == f"bytes {start}-{size - 1}/{size}" else None


def _read(client: Any, where: dict[str, str], start: int, end: int) -> bytes:
    """The bytes from `start` up to `end`. A store that breaks off in an answer is asked again, as boto3 doesn't."""
    for tried in range(TRIES):
        with _spoken():
            answer = client.get_object(**where, Range=f"bytes={start}-{end - 1}")
        with suppress(BotoCoreError):
            data: bytes = answer["Body"].read()
            if len(data) == end - start:
                return data
        time.sleep(_some_of(0.2 * 2**tried))
    raise StoreTrouble("The store breaks off while it answers.")


def _some_of(seconds: float) -> float:
    """Between half and all of it, so that many who failed at once don't come again at once."""
    return seconds * (0.5 + source.random_bytes("store-jitter", 1)[0] / 510)


class S3File:
    """One object, read by ranges."""

    def __init__(self, client: Any, bucket: str, key: str) -> None:
        self._client, self._where = client, {"Bucket": bucket, "Key": key}
        try:
            with _spoken():
                self._size: int = client.head_object(**self._where)["ContentLength"]
        except BlobMissing:
            with _spoken(missing="NoSuchBucket"):  # else a wrong setting looks as if every blob were lost
                client.head_bucket(Bucket=bucket)
            raise
        self._position = 0

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._position = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}[whence] + offset
        return self._position

    def read(self, size: int = -1) -> bytes:
        end = self._size if size < 0 else min(self._size, self._position + size)
        if self._position >= end:
            return b""
        data = _read(self._client, self._where, self._position, end)
        self._position += len(data)
        return data

    def close(self) -> None:
        """Nothing is held open between two ranges."""


class S3Store:
    """A `BlobStore` in a bucket, under a prefix of its own."""

    def __init__(self, client: Any, bucket: str, prefix: str) -> None:
        self._client, self._bucket, self._prefix = client, bucket, prefix

    @classmethod
    def from_url(cls, url: str) -> S3Store:
        """The store of `s3://bucket/prefix`. Raises ImproperlyConfigured where no bucket is named.

        With `?profile=NAME` behind it, who may use it and where it is stands under that name in AWS' own files: two
        stores can't both be in the environment.
        """
        place, _, profile = url.removeprefix("s3://").partition("?profile=")
        bucket, _, prefix = place.partition("/")
        if not bucket:
            raise ImproperlyConfigured(f"GOODFENCES_BLOBS is {url!r}; write s3://bucket or s3://bucket/prefix.")
        config = Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            retries={"total_max_attempts": TRIES, "mode": "standard"},
            max_pool_connections=_CONNECTIONS,
            # age proves every byte; many stores know neither kind of checksum that AWS added in 2024.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        prefix = prefix.strip("/")
        # A session of its own: boto3's default one keeps the credentials that it saw first.
        with _spoken():
            client = boto3.session.Session(profile_name=profile or None).client("s3", config=config)
        return cls(client, bucket, f"{prefix}/" if prefix else "")

    def create(self, name: str) -> S3Writer:
        return S3Writer(self._client, self._bucket, self._key(name))

    def open(self, name: str) -> SealedFile:
        return S3File(self._client, self._bucket, self._key(name))

    def size(self, name: str) -> int | None:
        return _size(self._client, {"Bucket": self._bucket, "Key": self._key(name)})

    def delete(self, name: str) -> None:
        with _spoken():
            self._client.delete_object(Bucket=self._bucket, Key=self._key(name))

    def delete_many(self, names: list[str]) -> None:
        for start in range(0, len(names), _AT_ONCE):
            some = [{"Key": self._key(name)} for name in names[start : start + _AT_ONCE]]
            with _spoken():
                answer = self._client.delete_objects(Bucket=self._bucket, Delete={"Objects": some, "Quiet": True})
            if answer.get("Errors"):
                raise StoreTrouble(f"The store kept {len(answer['Errors'])} of the objects that were to be deleted.")

    def delete_folder(self, name: str) -> None:
        self.delete_many([blob.name for blob in self.blobs(name)])

    def delete_empty_folder(self, name: str) -> None:
        checked_name(name)  # a store without folders: one is there for as long as something is in it

    def blobs(self, folder: str) -> Iterator[Blob]:
        return self._under(self._key(folder) + "/")

    def everything(self) -> Iterator[Blob]:
        return self._under(self._prefix)

    def _under(self, prefix: str) -> Iterator[Blob]:
        for page in self._pages("list_objects_v2", Prefix=prefix):
            for entry in page.get("Contents", []):
                name = entry["Key"].removeprefix(self._prefix)
                if is_name(name):  # a bucket may hold what isn't ours
                    yield Blob(name, entry["Size"], entry["LastModified"])

    def folders(self, folder: str) -> list[str]:
        return sorted(
            entry["Prefix"].removeprefix(self._prefix).rstrip("/")
            for page in self._pages("list_objects_v2", Prefix=self._key(folder) + "/", Delimiter="/")
            for entry in page.get("CommonPrefixes", [])
        )

    def sweep(self, before: datetime) -> int:
        """Abort uploads that were begun before `before` and never completed."""
        pages = self._pages("list_multipart_uploads", Prefix=self._prefix)
        old = [upload for page in pages for upload in page.get("Uploads", []) if upload["Initiated"] < before]
        for upload in old:
            with _spoken():
                self._client.abort_multipart_upload(
                    Bucket=self._bucket, Key=upload["Key"], UploadId=upload["UploadId"]
                )
        return len(old)

    def _pages(self, operation: str, **where: str) -> Iterator[dict[str, Any]]:
        with _spoken():
            yield from self._client.get_paginator(operation).paginate(Bucket=self._bucket, **where)

    def _key(self, name: str) -> str:
        return self._prefix + checked_name(name)


@contextmanager
def _spoken(missing: str = "NoSuchKey") -> Iterator[None]:
    """What boto3 raises inside comes out in words of ours, without the address and names in it.

    `missing` is the code that a bare 404 stands for.
    """
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise _in_words(error, missing) from None


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _in_words(error: ClientError | BotoCoreError, missing: str = "NoSuchKey") -> Exception:
    if isinstance(error, BotoCoreError):
        return StoreTrouble(f"The store doesn't answer ({type(error).__name__}).")
    code = _code(error)
    if code in {"404", "NotFound"}:
        code = missing
    if code == "NoSuchKey":
        return BlobMissing("The store holds no blob of this name.")
    if code in _TAKEN:
        return BlobExists("The store holds a blob of this name already.")
    return StoreTrouble(_WORDS.get(code, f"The store answered {code}."))
