"""JSON Schema of what this room tells a person about themselves (P12)."""

from goodfences.people.schema import day, free, many, maybe, moment, record, text, whole

UPLOAD = record(
    "An upload that isn't over.",
    ref=text("Its identifier."),
    received=whole("Bytes that have arrived."),
    sha256=text("Of them, where they came in one go; else empty."),
    created_at=moment("When it began."),
    expires_at=moment("Until when it can be gone on with."),
)
CLIPS = many(
    record(
        "A clip, deleted and expired ones included.",
        ref=text("Its identifier, and part of its file's name in the archive."),
        camera=text("The name of its camera."),
        kind=text("Why it was recorded.", "motion", "person", "doorbell", "manual"),
        state=text("What became of it.", "announced", "stored", "expired", "deleted"),
        starts_at=moment("When it begins."),
        ends_at=moment("When it ends."),
        sha256=text("Of the file as kept; empty until it is."),
        size=whole("Bytes, as kept."),
        sha256_as_recorded=text("Of the file as the recorder made it."),
        size_as_recorded=whole("Bytes, as the recorder made it."),
        facts=free("Of the video: codec, width, height, frames, keyframes_ms, duration_ms, has_audio."),
        clock_off_ms=maybe(whole("How far its device's clock was behind ours when it was announced; else empty.")),
        camera_drift_ms=maybe(
            whole("How far its device's clock was ahead of the camera's own time when it ended; else empty.")
        ),
        created_at=moment("When it was announced."),
        stored_at=maybe(moment("When all of it had arrived.")),
        checked_at=maybe(moment("When it was checked.")),
        expires_on=day("The day after which it is deleted."),
        refusal=text("Why its check refused it; else empty."),
        label=text("What the household calls it; may be empty."),
        note=text("What the household noted about it; may be empty."),
        starred_at=maybe(moment("When it got its star.")),
        saved_at=maybe(moment("Since when it is kept beyond its day.")),
        undo_until=maybe(moment("Until when its deletion can be taken back.")),
        upload=maybe(UPLOAD),
    )
)
ROOM = {
    "type": "object",
    "description": "What the household's clips take up.",
    "properties": {"taken": whole("Bytes, those still to come included.")},
    "additionalProperties": False,
}
