"""JSON Schema of what this room tells a person about themselves (P12)."""

from goodfences.people.schema import many, maybe, moment, record, text, whole

ASKS = many(
    record(
        "A video request that this person was asked about.",
        ref=text("The identifier of the ask, which only this person has."),
        state=text("What became of it.", "waiting", "sent", "opened", "shared", "declined", "expired"),
        agency=text("Who asked."),
        case_number=text("For which case."),
        starts_at=moment("From when video was asked for."),
        ends_at=moment("Until when."),
        ledger_index=maybe(whole("Where the public record speaks of the request.")),
        created_at=moment("When the ask was made."),
        sent_at=maybe(moment("When its email was sent.")),
        opened_at=maybe(moment("When the person first opened its page.")),
        decided_at=maybe(moment("When they decided, or it ended.")),
        digest_due_at=maybe(moment("From when on the one email of the day may tell of it.")),
        digest=text("The identifier of the email of the day that told of it; empty where none did."),
        remind_at=maybe(moment("When the reminder comes that they asked for.")),
    )
)
MUTES = many(
    record(
        "Whom the person doesn't want to hear from.",
        agency=maybe(text("Which agency; null for all of them.")),
        created_at=moment("Since when."),
    )
)
