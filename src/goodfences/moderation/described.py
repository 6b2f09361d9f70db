"""JSON Schema of what this room tells a person about themselves (P12)."""

from goodfences.moderation.models import Appeal, Outcome, Review, Ruling, Thing
from goodfences.people.schema import many, maybe, moment, record, text, whole

_RULE = text("The rule, by its key in the public rules.")

MODERATION = record(
    "What moderators ruled on the person's posts and comments, and what the person reported, appealed and hides.",
    reviews=many(
        record(
            "A post or comment of the person that a moderator looked at, or will.",
            ref=text("Its identifier."),
            thing=text("What it is.", *Thing.values),
            about=text("What the post is about."),
            why=text("Why it is looked at.", *Review.Why.values),
            state=text("How far it is.", *Review.State.values),
            opened_at=moment("Since when it waits."),
            decided_at=maybe(moment("When it was ruled on.")),
            rulings=many(
                record(
                    "What a moderator decided.",
                    ref=text("Its identifier."),
                    state=text("Whether it is in force.", *Ruling.State.values),
                    outcome=text("What it does.", *Outcome.values),
                    rule=_RULE,
                    reasons=text("Why."),
                    at=moment("When it was written."),
                    in_force_at=maybe(moment("Since when it holds.")),
                    public_ref=text("Under what it is published; empty while it isn't."),
                )
            ),
        )
    ),
    reports=many(
        record(
            "A report that the person made.",
            ref=text("Its identifier."),
            rule=_RULE,
            note=text("What the person wrote to the moderators."),
            at=moment("When it was made."),
            answered_at=maybe(moment("When it was answered.")),
        )
    ),
    appeals=many(
        record(
            "An appeal of the person against a ruling.",
            ref=text("Its identifier."),
            side=text("As whom.", *Appeal.Side.values),
            text=text("What the person wrote."),
            at=moment("When."),
            decided_at=maybe(moment("When it was decided.")),
            outcome=text("What was decided; empty while it waits.", "", *Appeal.Outcome.values),
            reasons=text("Why."),
        )
    ),
    measures=many(
        record(
            "A rung of the ladder on which a ruling put the person.",
            rule=_RULE,
            reasons=text("Why."),
            rung=whole("Which rung; 0 is the lowest, a warning."),
            begins_at=moment("From when on."),
            ends_at=maybe(moment("Until when; without it, for good.")),
            lifted_at=maybe(moment("When an appeal lifted it.")),
        )
    ),
    unseen=many(
        record(
            "A neighbor whose posts and comments the person isn't shown.",
            ref=text("Its identifier."),
            known_by=text("What of theirs the person was reading."),
            at=moment("Since when."),
            ends_at=maybe(moment("Until when; without it, for good.")),
        )
    ),
)
