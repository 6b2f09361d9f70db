"""What a cut holds, proved by decoding it and by reading its boxes."""

from __future__ import annotations

import io
from fractions import Fraction

import av
import pytest

from goodfences.clips import cutting, sandbox
from goodfences.clips.cutting import CutError, CutPlan
from goodfences.clips.faststart import boxes, index_first
from goodfences.errors import Refused
from tests.clips import streams

SECOND = 1000
KEYS = [0, 1000, 2000, 3000, 4000]


def kinds_of_boxes(data: bytes, start: int = 0, end: int | None = None) -> set[bytes]:
    found = set()
    for box in boxes(data, start, end):
        found.add(box.kind)
        if box.kind in {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"udta"}:
            found |= kinds_of_boxes(data, box.body, box.end)
    return found


def by_keyframes(data: bytes, starts_ms: int, ends_ms: int, *, audio: bool = False) -> tuple[bytes, dict]:
    return cutting.cut(data, CutPlan(starts_ms, ends_ms, exact=False), audio)


def exactly(data: bytes, starts_ms: int, ends_ms: int, *, audio: bool = False) -> tuple[bytes, dict]:
    return cutting.cut(data, CutPlan(starts_ms, ends_ms, exact=True), audio)


def test_a_start_moves_back_and_an_end_forward_to_key_frames() -> None:
    assert cutting.plan(KEYS, 5000, 1400, 2100, exact=False) == CutPlan(1000, 3000, exact=False)


def test_a_cut_on_key_frames_stays_where_it_is() -> None:
    assert cutting.plan(KEYS, 5000, 1000, 2000, exact=False) == CutPlan(1000, 2000, exact=False)


def test_an_end_after_the_last_key_frame_moves_to_the_clips_end() -> None:
    assert cutting.plan(KEYS, 4900, 4100, 4200, exact=False) == CutPlan(4000, 4900, exact=False)


def test_an_exact_cut_moves_nowhere() -> None:
    assert cutting.plan(KEYS, 5000, 1400, 2100, exact=True) == CutPlan(1400, 2100, exact=True)


def test_a_clip_without_known_key_frames_is_shared_from_its_start() -> None:
    assert cutting.plan([], 5000, 1400, 2100, exact=False) == CutPlan(0, 5000, exact=False)


@pytest.mark.parametrize(
    ("starts", "ends", "rules"),
    [
        (-1, 1000, {"cut.start"}),
        (5000, 5000, {"cut.start", "cut.end"}),
        (1000, 1000, {"cut.end"}),
        (1000, 5001, {"cut.end"}),
    ],
)
def test_an_interval_outside_the_clip_is_refused(starts: int, ends: int, rules: set[str]) -> None:
    with pytest.raises(Refused) as refused:
        cutting.plan(KEYS, 5000, starts, ends, exact=False)
    assert {problem.rule for problem in refused.value.problems} == rules


def test_a_long_exact_cut_is_refused_with_its_limit() -> None:
    with pytest.raises(Refused, match="may be 120 s long"):
        cutting.plan([0], 300_000, 0, 121_000, exact=True)


@pytest.mark.parametrize("bframes", [0, 3])
def test_a_cut_holds_its_groups_and_no_other_frame(bframes: int) -> None:
    made, facts = by_keyframes(streams.clip(bframes=bframes), 1000, 3000)
    assert streams.numbers(made) == list(range(15, 45))
    assert (facts["starts_ms"], facts["ends_ms"], facts["frames"]) == (1000, 3000, 30)
    assert facts["reencoded"] is False


def test_the_last_group_goes_to_the_clips_end() -> None:
    made, facts = by_keyframes(streams.clip(70, bframes=3), 4000, 4667)
    assert streams.numbers(made) == list(range(60, 70))
    assert facts["ends_ms"] == 4667


def test_leading_pictures_of_an_open_group_stay_at_home() -> None:
    source = streams.clip(bframes=3, open_gop=True)
    made, facts = by_keyframes(source, 1000, 3000)
    # Frames 43 and 44 need the key frame at 3 s, which is outside: the interval ends before them.
    assert streams.numbers(made) == list(range(15, 43))
    assert facts["ends_ms"] == round(43 / 15 * 1000)
    assert facts["frames"] == 28


def test_an_open_group_of_an_h265_camera_is_cut_the_same_way() -> None:
    source = streams.clip(bframes=3, open_gop=True, codec="hevc")
    made, facts = by_keyframes(source, 1000, 3000)
    kept = streams.numbers(made)
    assert kept == list(range(15, kept[-1] + 1))
    assert 40 <= kept[-1] < 45
    assert facts["codec"] == "hevc"
    assert set(streams.packets(made)) <= set(streams.packets(source))


def test_copied_packets_are_those_of_the_camera_bit_for_bit() -> None:
    source = streams.clip(bframes=3)
    made, _ = by_keyframes(source, 1000, 3000)
    assert streams.packets(made) == streams.packets(source)[15:45]


def test_time_starts_at_zero_with_no_edit_list_and_no_metadata() -> None:
    source = streams.clip(bframes=3, audio=True, notes={"title": "Front door", "comment": "12 Mill Street"})
    made, _ = by_keyframes(source, 1000, 3000, audio=True)
    assert not kinds_of_boxes(made) & {b"edts", b"elst", b"udta", b"meta", b"uuid", b"free"}
    assert b"Front door" not in made
    assert b"Mill Street" not in made
    with av.open(io.BytesIO(made)) as file:
        assert min(packet.pts for packet in file.demux(video=0) if packet.size) == 0
        assert file.duration == 2_000_000


def test_the_index_stands_before_the_frames() -> None:
    made, _ = by_keyframes(streams.clip(), 0, 1000)
    assert [box.kind for box in boxes(made)] == [b"ftyp", b"moov", b"mdat"]


def test_audio_is_left_out_unless_asked_for() -> None:
    made, facts = by_keyframes(streams.clip(audio=True), 1000, 3000)
    assert streams.packets(made, "audio") == []
    assert facts["audio"] is False


@pytest.mark.parametrize("cut", [by_keyframes, exactly])
def test_audio_that_is_asked_for_lies_inside_the_interval(cut) -> None:
    source = streams.clip(audio=True)
    made, facts = cut(source, 1000, 3000, audio=True)
    kept = streams.packets(made, "audio")
    everything = streams.packets(source, "audio")
    first = everything.index(kept[0])
    assert kept == everything[first : first + len(kept)]
    # 1,024 samples a packet at 16 kHz, one packet of priming: each spreads over two packet lengths.
    assert (first - 1) * 64 >= 1000
    assert (first - 1 + len(kept) + 1) * 64 <= 3000
    assert len(kept) >= 29
    assert facts["audio"] is True


def test_audio_asked_of_a_silent_clip_is_no_error() -> None:
    _, facts = by_keyframes(streams.clip(), 0, 1000, audio=True)
    assert facts["audio"] is False


def test_an_interval_too_short_for_audio_has_none() -> None:
    _, facts = exactly(streams.clip(audio=True), 1000, 1070, audio=True)
    assert (facts["audio"], facts["frames"]) == (False, 2)


@pytest.mark.parametrize("open_gop", [False, True])
def test_an_exact_cut_holds_the_frames_shown_inside_it(open_gop: bool) -> None:
    made, facts = exactly(streams.clip(bframes=3, open_gop=open_gop), 1400, 2934)
    assert streams.numbers(made) == list(range(21, 45))
    assert (facts["reencoded"], facts["codec"]) == (True, "h264")
    assert (facts["starts_ms"], facts["ends_ms"]) == (1400, 2934)
    assert not kinds_of_boxes(made) & {b"edts", b"elst", b"udta", b"meta"}
    assert b"x264" not in made


def test_an_exact_cut_gives_the_same_bytes_each_time() -> None:
    source = streams.clip(bframes=3)
    assert exactly(source, 400, 2300)[0] == exactly(source, 400, 2300)[0]


def test_an_exact_cut_keeps_the_cameras_times() -> None:
    made, _ = exactly(streams.clip(), 1000, 2000)
    with av.open(io.BytesIO(made)) as file:
        times = [frame.pts * frame.time_base for frame in file.decode(video=0)]
    assert times == [Fraction(n, 15) for n in range(15)]


def test_unusual_pixels_are_converted_for_an_exact_cut() -> None:
    made, _ = exactly(streams.clip(pixels="yuv444p"), 1000, 2000)
    with av.open(io.BytesIO(made)) as file:
        assert file.streams.video[0].codec_context.pix_fmt == "yuv420p"
    assert streams.numbers(made) == list(range(15, 30))


def test_frames_that_the_clip_hides_behind_an_edit_list_never_leave() -> None:
    source = hidden_behind_an_edit_list(streams.clip(), first_shown=15)
    made, _ = by_keyframes(source, 0, 1000)
    assert streams.numbers(made) == list(range(15, 30))
    assert streams.numbers(exactly(source, 0, 500)[0]) == list(range(15, 23))


def hidden_behind_an_edit_list(data: bytes, first_shown: int) -> bytes:
    """`data` with its edit list starting at frame `first_shown`, as an editor that only hides would do."""
    changed = bytearray(data)
    at = data.index(b"elst") + 4 + 8 + 4
    skipped = int.from_bytes(data[at : at + 4]) + first_shown * 1024
    changed[at : at + 4] = skipped.to_bytes(4)
    return bytes(changed)


def test_a_plan_that_does_not_fit_the_key_frames_is_an_error() -> None:
    with pytest.raises(CutError, match=r"no key frame at 1\.500 s"):
        by_keyframes(streams.clip(), 1500, 3000)
    with pytest.raises(CutError, match=r"no key frame at 2\.500 s"):
        by_keyframes(streams.clip(), 1000, 2500)


def test_an_interval_without_a_frame_is_an_error() -> None:
    with pytest.raises(CutError, match="No frame"):
        exactly(streams.clip(), 1001, 1002)


def test_what_is_not_a_video_is_an_error() -> None:
    with pytest.raises(CutError):
        by_keyframes(b"not a video" * 100, 0, 1000)


def test_a_file_with_sound_alone_is_an_error() -> None:
    sink = io.BytesIO()
    with av.open(sink, "w", format="mp4") as target:
        target.mux(target.add_stream("aac", rate=16000).encode(None))
    with pytest.raises(CutError):
        by_keyframes(sink.getvalue(), 0, 1000)


def test_a_damaged_container_is_an_error_that_says_where() -> None:
    data = streams.clip(15)
    with pytest.raises(ValueError, match="impossible length"):
        list(boxes(data[:-40]))
    with pytest.raises(ValueError, match="cut off"):
        list(boxes(data + b"\0\0\0"))
    with pytest.raises(ValueError, match="no box"):
        index_first(data[: next(box.end for box in boxes(data) if box.kind == b"ftyp")])


LIMITS = {"memory_mb": 256, "cpu_s": 20, "wall_s": 60}


@pytest.mark.parametrize("exact", [False, True])
def test_the_sandbox_cuts_as_well(exact: bool) -> None:
    source = streams.clip(bframes=3, audio=True)
    header = {"starts_ms": 1000, "ends_ms": 3000, "exact": exact, "audio": True}
    facts, files = sandbox.run("cut", header, source, **LIMITS)
    assert (files[0], facts) == cutting.cut(source, CutPlan(1000, 3000, exact), True)


def test_the_sandbox_refuses_in_the_words_of_the_cut() -> None:
    header = {"starts_ms": 1500, "ends_ms": 3000, "exact": False, "audio": False}
    with pytest.raises(sandbox.Unfit, match=r"no key frame at 1\.500 s"):
        sandbox.run("cut", header, streams.clip(), **LIMITS)
