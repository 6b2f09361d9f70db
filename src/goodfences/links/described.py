"""JSON Schema of what this room tells a person about themselves (P12)."""

from goodfences.people.schema import many, maybe, moment, record, text, yes_no

LINKS = many(
    record(
        "A link that the person gave somebody. The link itself isn't kept.",
        ref=text("Its identifier."),
        copy=maybe(text("Which copy it shows; null once it has ended.")),
        starts_at=moment("When what it shows begins."),
        ends_at=moment("When it ends."),
        has_passphrase=yes_no("Whether it asks for a passphrase."),
        created_at=moment("When it was made."),
        expires_at=moment("Until when it works."),
        ended_at=maybe(moment("When it was ended, ran out, or lost its clip.")),
        opened_at=many(moment("When its video was opened. Nothing is known of by whom.")),
    )
)
