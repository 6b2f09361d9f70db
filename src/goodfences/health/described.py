"""JSON Schema of what this room tells a person about themselves (P12)."""

from goodfences.people.schema import many, maybe, moment, record, text, whole, yes_no

_CAMERA = record(
    "A camera as its hub sees it.",
    camera=text("Which."),
    is_steady=yes_no("Whether it gives pictures all the time."),
    last_frame_at=maybe(moment("When its last picture came.")),
    days=many(
        {
            "type": "array",
            "description": "A day.",
            "prefixItems": [text("The day, in UTC."), whole("Bytes recorded."), whole("Bytes uploaded.")],
        }
    ),
    clips_waiting=whole("Clips that wait at home to be uploaded."),
)
HEALTH = record(
    "What the household's hubs told of themselves.",
    hubs=many(
        record(
            "A hub, as it said last.",
            device=text("Which."),
            version=text("Of its program."),
            heard_at=moment("When."),
            clock_off_s=whole("Seconds that its clock is behind the server's."),
            cameras=many(_CAMERA),
        )
    ),
    offline_mail=many(
        record(
            "Whether the owner gets mail when something falls silent.",
            is_on=yes_no("Whether."),
            grace_minutes=whole("After how many minutes."),
        )
    ),
    silences=many(
        record(
            "When a hub or camera wasn't heard.",
            device=text("Which hub."),
            camera=maybe(text("Which camera; null for the hub itself.")),
            since=moment("Since when."),
            told_at=maybe(moment("When its mail was written.")),
            seen_again_at=maybe(moment("When it was back.")),
            over_at=maybe(moment("When that was sure.")),
        )
    ),
    gaps=many(
        record(
            "A span in which nothing was recorded.",
            camera=text("Of which camera."),
            device=text("By which hub."),
            starts_at=moment("From when."),
            ends_at=maybe(moment("Until when; null where it goes on.")),
            why=text("Whose fault it was.", "camera", "hub"),
        )
    ),
)
