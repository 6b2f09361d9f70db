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


def test_a_clock_that_jumps_ahead_is_believed_once_it_has_stayed_there() -> None:
    settling = source.Settling()

    def look(after_s: float, off: timedelta = timedelta()) -> timedelta:
        """What is believed so many seconds after START, by a clock that is so far off; less the true time."""
        true = START + timedelta(seconds=after_s)
        return settling.look(true + off, 1000 + after_s) - true

    year = timedelta(days=365)
    assert look(0) == timedelta()
    assert look(10, year) == timedelta(), "It jumped."
    assert look(12) == timedelta(), "And came back."
    assert look(1200, year) == timedelta(), "What it did before doesn't count."
    assert look(1799, year) == timedelta()
    assert look(1801, year) == year
    assert look(1802, year) == year


def test_a_clock_that_goes_back_is_believed_at_once() -> None:
    settling = source.Settling()
    settling.look(START, 0)
    hour_ago = START - timedelta(hours=1)
    assert settling.look(hour_ago, 0) == hour_ago
    assert settling.look(START + timedelta(seconds=5), 5) == START + timedelta(seconds=5), "It is right again."


def test_a_clock_that_is_set_by_and_by_has_not_jumped() -> None:
    settling = source.Settling()
    fast = [settling.look(START + timedelta(seconds=1.1 * second), second) for second in range(0, 600, 60)]
    assert fast[-1] == START + timedelta(seconds=1.1 * 540)


class Jumping(source.SystemSource):
    off = timedelta()

    def now(self) -> datetime:
        return super().now() + self.off


def test_only_what_is_settled_disbelieves_a_jump() -> None:
    with source.using(clock := Jumping()):
        before = source.settled_now()
        clock.off = timedelta(days=40)
        assert source.now() > before + timedelta(days=39)
        assert source.settled_now() < before + timedelta(minutes=1)
        with source.settled():
            assert source.now() < before + timedelta(minutes=1)
        assert source.now() > before + timedelta(days=39)
