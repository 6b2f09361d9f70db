"""JSON Schema of what this room tells a person about themselves (P12)."""

from goodfences.people.schema import free, many, maybe, moment, record, text, whole

_BY = "The officer, as they are called."
_AFTERWARDS = record(
    "What became of the video after it was shared.",
    hand_ons=many(
        record(
            "That the agency handed it on.",
            to=text("To whom.", "defense", "prosecutor", "court", "agency"),
            name=text("Name or office."),
            why=text("For what."),
            at=moment("When."),
            by=text(_BY),
            ledger_index=whole("The public entry."),
            told_at=maybe(moment("When the person was written to.")),
        )
    ),
    holds=many(
        record(
            "That it was put on legal hold.",
            ground=text("On what ground in law."),
            begins_at=moment("From when."),
            ends_at=moment("Until when."),
            lifted_at=maybe(moment("When it was lifted before.")),
            by=text(_BY),
            ledger_index=whole("The public entry."),
            told_at=maybe(moment("When the person was written to.")),
        )
    ),
    questions=many(
        record(
            "The agency's one question.",
            text=text("As asked."),
            asked_at=moment("When."),
            by=text(_BY),
            answer=text("What the person answered; else empty."),
            answered_at=maybe(moment("When.")),
            ledger_index=whole("The public entry."),
            told_at=maybe(moment("When the person was written to.")),
        )
    ),
    reuses=many(
        record(
            "That the agency asked to use it for another case.",
            ref=text("Its identifier."),
            case_number=text("For which case."),
            case_key=text("The same, as two numbers are compared."),
            reason=text("As asked."),
            salt=text("What the public entry's mark of it was made with."),
            proposed_at=moment("When it was proposed."),
            opened_at=maybe(moment("When a second officer opened it.")),
            expires_at=maybe(moment("Until when it can be allowed.")),
            by=text(_BY),
            allowed_at=maybe(moment("When the person allowed it.")),
            declined_at=maybe(moment("When the person said no; the agency isn't told.")),
            receipt=free("The signed receipt, once it was allowed."),
            ledger_index=maybe(whole("The public entry.")),
            told_at=maybe(moment("When the person was written to.")),
        )
    ),
    deletions=many(
        record(
            "That the person asked the agency to delete it.",
            asked_at=moment("When."),
            due_at=moment("By when the agency has to answer."),
            overdue_at=maybe(moment("When the public record said that it hadn't.")),
            answer=text("What it answered; else empty.", "", "deleted", "kept"),
            why=text("How it was deleted, or why it is kept."),
            law=text("The law by which it is kept; else empty."),
            answered_at=maybe(moment("When.")),
            by=text(_BY + " Empty before."),
            ledger_index=maybe(whole("The public entry.")),
            told_at=maybe(moment("When the person was written to.")),
        )
    ),
)
_VIDEO = record(
    "One video that the agency was given.",
    ref=text("Its identifier, and the name of its receipt's file in the archive."),
    sha256=text("Of the file as given."),
    size=whole("Bytes."),
    starts_at=moment("When it begins."),
    ends_at=moment("When it ends."),
    looks_at=text("Which way its camera looks."),
    facts=free(
        "Of the video: codec, width, height, frames, reencoded, audio, sha512, crc32; of its sealed file, if need be."
    ),
    told=free("What the person added, field by field."),
    shared_at=moment("When the agency could first see it."),
    withdrawn_at=maybe(moment("When it was taken back.")),
    downloaded_at=maybe(moment("When it was first downloaded; from then on it stays with the agency.")),
    receipt=free("The signed consent receipt (docs/evidence.md); empty once it was taken back."),
    credentials=text("Its content credentials (C2PA), in Base64; empty once it was taken back."),
    custody=free("Who did what with it, chained by hash (docs/evidence.md)."),
    keep_until=maybe(moment("When its agency's copy here is destroyed, unless it is on hold then.")),
    destroyed_at=maybe(moment("When it was.")),
    deletion_receipt=free("The signed receipt of that; else empty."),
    afterwards=_AFTERWARDS,
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
