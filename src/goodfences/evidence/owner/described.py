"""JSON Schema of what this room tells a person about themselves (P12)."""

from goodfences.people.schema import free, many, maybe, moment, record, text, whole

_VIDEO = record(
    "One video that the agency was given.",
    ref=text("Its identifier, and the name of its receipt's file in the archive."),
    sha256=text("Of the file as given."),
    size=whole("Bytes."),
    starts_at=moment("When it begins."),
    ends_at=moment("When it ends."),
    looks_at=text("Which way its camera looks."),
    facts=free("Of the video: codec, width, height, frames, reencoded, audio, sha512, crc32."),
    told=free("What the person added, field by field."),
    shared_at=moment("When the agency could first see it."),
    withdrawn_at=maybe(moment("When it was taken back.")),
    downloaded_at=maybe(moment("When it was first downloaded; from then on it stays with the agency.")),
    receipt=free("The signed consent receipt (docs/evidence.md); empty once it was taken back."),
    custody=free("Who did what with it, chained by hash (docs/evidence.md)."),
)
SHARES = many(
    record(
        "What the person gave to one request.",
        ref=text("Its identifier, which the agency never sees."),
        request=text("To which request."),
        agency=text("Of which agency."),
        case_number=text("For which case."),
        state=text("What became of it.", "preparing", "ready", "failed", "withdrawn"),
        created_at=moment("When it was decided."),
        withdrawn_at=maybe(moment("When it was taken back.")),
        cuts=many(free("Which clip, from when to when in milliseconds, and how it was cut.")),
        told=free("What the person added, field by field."),
        decision=text("What was decided at home, signed by the hub; else empty."),
        failure=text("Why nothing left; else empty."),
        swept_at=maybe(moment("When its files were deleted.")),
        videos=many(_VIDEO),
        opened_by=many(
            record(
                "An officer who opened or downloaded it.",
                at=moment("When."),
                kind=text("What they did.", "viewed", "downloaded"),
                who=text("As they were called then."),
                agency=text("Of which agency."),
            )
        ),
    )
)
WANTED_PARTS = many(
    record(
        "A part of what a hub holds that the person asked it for.",
        ref=text("Its identifier."),
        ask=text("For which ask."),
        camera=text("Of which camera."),
        starts_at=moment("From when."),
        ends_at=moment("Until when."),
        state=text("What became of it.", "waiting", "brought", "refused"),
        why=text("Why it wasn't brought; else empty."),
        created_at=moment("When it was asked for."),
        answered_at=maybe(moment("When the hub answered.")),
    )
)
