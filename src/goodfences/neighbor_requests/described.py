"""JSON Schema of what this room tells a person about themselves (P12)."""

from goodfences.people.schema import free, many, maybe, moment, record, text, whole

KINDS = ("car_hit", "theft", "damage", "lost_pet", "other")

REQUESTS = many(
    record(
        "What the person asked their neighbors.",
        ref=text("Its identifier."),
        kind=text("What happened.", *KINDS),
        state=text("Whether neighbors can still answer.", "open", "closed"),
        reason=text("In the person's own words."),
        name=text("As they wanted to be called; empty where they told no name."),
        starts_at=moment("From when they asked."),
        ends_at=moment("Until when."),
        cell=text("Where they lived then: the H3 cell, as a whole number."),
        cell_hex=text("The same cell, as H3 writes it."),
        radius_meters=whole("How far around it was asked."),
        created_at=moment("When they asked."),
        expires_at=moment("Until when neighbors could answer."),
        closed_at=maybe(moment("When it ended.")),
        ended_why=text("Why a moderator ended it; empty where none did."),
        videos=many(
            record(
                "A video that a neighbor shared, which can be watched now.",
                ref=text("Its identifier."),
                starts_at=moment("When it begins."),
                ends_at=moment("When it ends."),
                note=text("What the neighbor added."),
                until=moment("Until when it can be watched."),
            )
        ),
    )
)

_VIDEO = record(
    "One video of it.",
    ref=text("Its identifier."),
    copy=maybe(text("Which copy; null once it has ended.")),
    starts_at=moment("When it begins."),
    ends_at=moment("When it ends."),
    watched_at=many(moment("When the neighbor watched it.")),
)
_SHARE = record(
    "What the person gave.",
    ref=text("Its identifier."),
    note=text("What they added."),
    receipt=free("The signed consent receipt."),
    created_at=moment("When."),
    expires_at=moment("Until when it could be watched."),
    ended_at=maybe(moment("When it ended.")),
    end=text("How: taken_back, expired or gone; empty where it hasn't."),
    thanks=text("The neighbor's word of thanks."),
    thanked_at=maybe(moment("When that came.")),
    videos=many(_VIDEO),
)
ASKS = record(
    "What neighbors asked the person.",
    muted_at=maybe(moment("Since when they don't want to be asked; null where they may be.")),
    moved_at=maybe(moment("When their household last moved.")),
    asks=many(
        record(
            "One request of a neighbor.",
            ref=text("The identifier of the ask, which only this person has."),
            kind=text("What happened.", *KINDS),
            reason=text("In the neighbor's words."),
            state=text("What became of it.", "waiting", "sent", "opened", "shared", "declined", "expired"),
            starts_at=moment("From when video was asked for."),
            ends_at=moment("Until when."),
            created_at=moment("When the ask was made."),
            sent_at=maybe(moment("When its email was sent.")),
            opened_at=maybe(moment("When the person first opened its page.")),
            decided_at=maybe(moment("When they decided.")),
            digest_due_at=maybe(moment("From when on the one email of the day may tell of it.")),
            digest=text("The identifier of the email of the day that told of it; empty where none did."),
            reported_at=maybe(moment("When the person reported it.")),
            report=text("Why."),
            shares=many(_SHARE),
        )
    ),
)
