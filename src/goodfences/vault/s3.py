"""Sealed files in any S3 store: `GOODFENCES_BLOBS=s3://bucket/prefix`.

Credentials, region and the address of a store other than AWS come from the environment as boto3 reads it
(AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_ENDPOINT_URL, ...). S3 answers a write when it is durable, and an
object is there whole or not at all, which is what `BlobStore` promises.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime
from types import TracebackType
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from django.core.exceptions import ImproperlyConfigured

from goodfences.vault.blobs import Blob, checked_name
from goodfences.vault.errors import BlobExists, BlobMissing
from goodfences.vault.seek import SealedFile

PART = 8 * 1024 * 1024
"""S3 takes parts of 5 MiB and more; a clip's part is of this size, so most blobs are one request."""

_DELETE_AT_ONCE = 1000
_MISSING = {"404", "NoSuchKey", "NotFound"}
_TAKEN = {"412", "PreconditionFailed", "409", "ConditionalRequestConflict"}


class S3Writer:
    """Collects one part at a time and completes the object at `commit`."""

    def __init__(self, client: Any, bucket: str, key: str) -> None:
        self._client, self._where = client, {"Bucket": bucket, "Key": key}
        self._buffer = bytearray()
        self._upload = ""
        self._parts: list[dict[str, Any]] = []
        self._open = True

    def write(self, data: bytes) -> int:
        self._buffer += data
        while len(self._buffer) > PART:
            self._send(bytes(self._buffer[:PART]))
            del self._buffer[:PART]
        return len(data)

    def commit(self) -> None:
        if self._is_taken():
            raise BlobExists("The store holds a blob of this name already.")
        try:
            # Of two that commit one name at once, a store that knows If-None-Match lets the first have it.
            if not self._upload:
                self._client.put_object(**self._where, Body=bytes(self._buffer), IfNoneMatch="*")
            else:
                self._send(bytes(self._buffer))
                self._client.complete_multipart_upload(
                    **self._where, UploadId=self._upload, MultipartUpload={"Parts": self._parts}, IfNoneMatch="*"
                )
        except ClientError as error:
            if _code(error) in _TAKEN:
                raise BlobExists("The store holds a blob of this name already.") from error
            raise
        self._open = False

    def _is_taken(self) -> bool:
        try:
            self._client.head_object(**self._where)
        except ClientError as error:
            if _code(error) in _MISSING:
                return False
            raise
        return True

    def _send(self, part: bytes) -> None:
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
            self._client.abort_multipart_upload(**self._where, UploadId=self._upload)


class S3File:
    """One object, read by ranges."""

    def __init__(self, client: Any, bucket: str, key: str) -> None:
        self._client, self._where = client, {"Bucket": bucket, "Key": key}
        try:
            self._size: int = client.head_object(**self._where)["ContentLength"]
        except ClientError as error:
            raise _in_words(error) from error
        self._position = 0

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._position = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}[whence] + offset
        return self._position

    def read(self, size: int = -1) -> bytes:
        end = self._size if size < 0 else min(self._size, self._position + size)
        if self._position >= end:
            return b""
        try:
            answer = self._client.get_object(**self._where, Range=f"bytes={self._position}-{end - 1}")
        except ClientError as error:
            raise _in_words(error) from error
        data: bytes = answer["Body"].read()
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
        """The store of `s3://bucket/prefix`. Raises ImproperlyConfigured where no bucket is named."""
        bucket, _, prefix = url.removeprefix("s3://").partition("/")
        if not bucket:
            raise ImproperlyConfigured(f"GOODFENCES_BLOBS is {url!r}; write s3://bucket or s3://bucket/prefix.")
        config = Config(
            connect_timeout=5,
            read_timeout=60,
            retries={"max_attempts": 5, "mode": "standard"},
            # age proves every byte; many stores know neither kind of checksum that AWS added in 2024.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        prefix = prefix.strip("/")
        return cls(boto3.client("s3", config=config), bucket, f"{prefix}/" if prefix else "")

    def create(self, name: str) -> S3Writer:
        return S3Writer(self._client, self._bucket, self._key(name))

    def open(self, name: str) -> SealedFile:
        return S3File(self._client, self._bucket, self._key(name))

    def delete(self, name: str) -> None:
        self._client.delete_object(Bucket=self._bucket, Key=self._key(name))

    def delete_folder(self, name: str) -> None:
        keys = [self._key(blob.name) for blob in self.blobs(name)]
        for start in range(0, len(keys), _DELETE_AT_ONCE):
            some = [{"Key": key} for key in keys[start : start + _DELETE_AT_ONCE]]
            answer = self._client.delete_objects(Bucket=self._bucket, Delete={"Objects": some, "Quiet": True})
            if answer.get("Errors"):
                raise OSError(f"The store kept {len(answer['Errors'])} objects of a folder that was to be deleted.")

    def delete_empty_folder(self, name: str) -> None:
        checked_name(name)  # a store without folders: one is there for as long as something is in it

    def blobs(self, folder: str) -> Iterator[Blob]:
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=self._key(folder) + "/"
        )
        for page in pages:
            for entry in page.get("Contents", []):
                yield Blob(entry["Key"].removeprefix(self._prefix), entry["Size"], entry["LastModified"])

    def folders(self, folder: str) -> list[str]:
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=self._key(folder) + "/", Delimiter="/"
        )
        return sorted(
            entry["Prefix"].removeprefix(self._prefix).rstrip("/")
            for page in pages
            for entry in page.get("CommonPrefixes", [])
        )

    def sweep(self, before: datetime) -> int:
        """Abort uploads that were begun before `before` and never completed."""
        pages = self._client.get_paginator("list_multipart_uploads").paginate(
            Bucket=self._bucket, Prefix=self._prefix
        )
        old = [upload for page in pages for upload in page.get("Uploads", []) if upload["Initiated"] < before]
        for upload in old:
            self._client.abort_multipart_upload(Bucket=self._bucket, Key=upload["Key"], UploadId=upload["UploadId"])
        return len(old)

    def _key(self, name: str) -> str:
        return self._prefix + checked_name(name)


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _in_words(error: ClientError) -> Exception:
    if _code(error) in _MISSING:
        return BlobMissing("The store holds no blob of this name.")
    return OSError(f"The store answered {_code(error)}.")
