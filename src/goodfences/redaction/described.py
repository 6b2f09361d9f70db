"""JSON Schema of what this room tells a person about themselves (P12)."""

from goodfences.people.schema import free, many, moment, record, text, whole, yes_no

REDACTIONS = record(
    "What is covered in the household's clips wherever they go, and which copies were made.",
    drafts=many(
        record(
            "What was last saved for one clip.",
            clip=text("Which."),
            starts_ms=whole("From when, in milliseconds of the clip."),
            ends_ms=whole("Until when."),
            audio=yes_no("Whether its sound goes along."),
            marks=many(free("What is covered, where and when (docs/redaction.md).")),
            changed_at=moment("When it was saved."),
        )
    ),
    copies=many(
        record(
            "A copy that was made.",
            ref=text("Its identifier."),
            clip=text("Of which clip."),
            sha256=text("Of the copy."),
            size=whole("Bytes."),
            starts_at=moment("When it begins."),
            ends_at=moment("When it ends."),
            facts=free("Of the video, and how many things are covered in it."),
            made_at=moment("When it was made."),
        )
    ),
)
