from datetime import UTC, datetime, timedelta

from goodfences import source

START = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def test_refs_are_22_url_safe_characters_and_differ() -> None:
    refs = {source.new_ref("clip") for _ in range(100)}
    assert len(refs) == 100
    assert all(len(ref) == source.REF_LENGTH and ref.replace("-", "").replace("_", "").isalnum() for ref in refs)


def test_tokens_hold_256_bits() -> None:
    assert len(source.new_token("device")) == 43


def test_a_seeded_source_repeats_itself() -> None:
    def draw() -> list[str]:
        with source.using(source.SeededSource(7, START)):
            return [source.new_ref("clip"), source.new_ref("clip"), source.new_token("device")]

    assert draw() == draw()


def test_one_kind_never_moves_another() -> None:
    with source.using(source.SeededSource(7, START)):
        alone = source.new_ref("video_request")
    with source.using(source.SeededSource(7, START)):
        for _ in range(5):
            source.new_ref("ask")
        assert source.new_ref("video_request") == alone


def test_the_clock_of_a_seeded_source_moves_only_when_told() -> None:
    with source.using(clock := source.SeededSource(1, START)):
        assert source.now() == source.now() == START
        clock.advance(timedelta(minutes=5))
        assert source.now() == START + timedelta(minutes=5)


def test_the_system_source_comes_back_after_a_failure() -> None:
    try:
        with source.using(source.SeededSource(1, START)):
            raise ValueError
    except ValueError:
        pass
    assert abs(source.now() - datetime.now(UTC)) < timedelta(seconds=5)
