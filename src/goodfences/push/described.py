"""JSON Schema of what this room tells a person about themselves (P12)."""

from goodfences.people.schema import many, maybe, moment, record, text, whole

PUSH = record(
    "Notifications in browsers.",
    browsers=many(
        record(
            "A browser that is notified.",
            ref=text("Its identifier."),
            name=text("As the person tells it from others."),
            push_service=text("The host that takes messages for it. Only the browser can read them."),
            created_at=moment("When it was added."),
            told_at=maybe(moment("When a message was last taken for it.")),
            failures=whole("Messages refused since."),
        )
    ),
    wishes=many(
        record(
            "What the person wants to be notified of.",
            about=text("What it is.", "request", "silence", "motion", "person", "doorbell"),
            camera=text("Of which camera; empty where it is no camera's."),
            created_at=moment("Since when."),
        )
    ),
    notes=many(
        record(
            "A message of these two days.",
            ref=text("Its identifier."),
            about=text(
                "Of what.",
                "request",
                "silence",
                "motion",
                "person",
                "doorbell",
                "post",
                "warning",
                "over",
                "neighbor",
            ),
            subject=text("The identifier of the clip, the ask, the household, the post or the warning."),
            state=text("What became of it.", "waiting", "sent", "failed"),
            happened_at=moment("When that happened."),
            due_at=moment("When it goes, or went."),
            not_after=moment("After which it is of no use."),
            created_at=moment("When it was written."),
        )
    ),
)
