"""JSON Schema of what this room tells a person about themselves (P12)."""

from goodfences.people.schema import many, maybe, moment, record, text

REMARKS = many(
    record(
        "What the person said in public about an agreement that was announced; under no name.",
        ref=text("Its identifier."),
        notice=text("The announced agreement, by its identifier on the public record."),
        text=text("What the person wrote."),
        language=text("In which language."),
        at=moment("When."),
        hidden_at=maybe(moment("When the operator took it away.")),
        hidden_reason=text("Why; empty while it stands."),
    )
)
