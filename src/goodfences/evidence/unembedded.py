"""Signs C2PA credentials that lie beside a video, by what the C2PA library has and its Python part doesn't offer yet.

`c2pa.Builder.sign` also copies the video to where it would lie with the credentials inside, eight kibibytes and two
calls of Python at a time: that takes longer than the hash, and nobody wants the copy. Here the video is hashed, for
the same assertion (`c2pa.hash.bmff.v3`), and nothing else is done with it. The library is pinned to the patch
(docs/dependencies.md), as this uses names that it may change.
"""

from __future__ import annotations

import ctypes
from functools import cache
from io import RawIOBase
from typing import Any, BinaryIO

_CREDENTIALS = b"application/c2pa"
"""Wanted as they are, and not in a box of the video's format."""

_Bytes = ctypes.POINTER(ctypes.c_ubyte)


def sign(builder: Any, video: BinaryIO | RawIOBase, kind: str) -> bytes:
    """The credentials of `video`, of this MIME type, by a `c2pa.Builder` whose context has a signer.

    Raises c2pa.C2paError.
    """
    from c2pa import c2pa as binding  # type: ignore[import-untyped]

    made, library = _Bytes(), _library()
    # What a hash goes into, which is chosen by the format; else it would be one that isn't for MP4.
    _done(library.c2pa_builder_placeholder(builder._handle, kind.encode(), ctypes.byref(made)))
    library.c2pa_free(made)
    with binding.Stream(video) as stream:
        _done(library.c2pa_builder_update_hash_from_stream(builder._handle, kind.encode(), stream._stream))
    size = _done(library.c2pa_builder_sign_embeddable(builder._handle, _CREDENTIALS, ctypes.byref(made)))
    try:
        return ctypes.string_at(made, size)
    finally:
        library.c2pa_free(made)


@cache
def _library() -> Any:
    """The library, told what these functions take."""
    from c2pa import c2pa as binding

    library, builder = binding._lib, ctypes.POINTER(binding.C2paBuilder)
    for function in (library.c2pa_builder_placeholder, library.c2pa_builder_sign_embeddable):
        function.argtypes, function.restype = [builder, ctypes.c_char_p, ctypes.POINTER(_Bytes)], ctypes.c_int64
    hashes = library.c2pa_builder_update_hash_from_stream
    hashes.argtypes, hashes.restype = [builder, ctypes.c_char_p, ctypes.POINTER(binding.C2paStream)], ctypes.c_int
    return library


def _done(result: int) -> int:
    from c2pa import c2pa as binding

    checked: int = binding._check_ffi_operation_result(
        result, "The credentials couldn't be made.", check=lambda code: code < 0
    )
    return checked
