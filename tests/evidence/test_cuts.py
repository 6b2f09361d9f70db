"""A cut is made in a process that can do nothing else, and what it makes of a clip ends with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import av
import pytest

from goodfences import source
from goodfences.clips import cutting, sandbox
from goodfences.clips.cutting import CutError, CutPlan
from goodfences.clips.models import Clip
from goodfences.evidence import tasks
from goodfences.evidence.models import Share, SharedVideo
from goodfences.evidence.owner import choosing
from goodfences.people.models import Account
from goodfences.redaction import making, previewing
from goodfences.redaction.plans import Plan
from goodfences.vault import blobs
from goodfences.vault.errors import Tampered
from goodfences.video_requests.models.ask import Ask
from tests.clips import streams
from tests.evidence.conftest import footage

pytestmark = pytest.mark.django_db
Sharing = Callable[..., Share]
PLAN = CutPlan(1000, 3000, exact=False)


def cut(clip: Clip, chosen: CutPlan, audio: bool) -> tuple[bytes, dict[str, Any]]:
    made = making.make(Plan(clip, chosen, audio))
    uncovered = {"boxes": 0, "areas": 0, "lost_ms": []}
    assert {name: made.facts.pop(name) for name in uncovered} == uncovered
    return made.content, made.facts


@pytest.fixture
def no_decoder_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever opens a video in this very process fails."""

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("A video was opened outside the sandbox.")

    monkeypatch.setattr(av, "open", refuse)


@pytest.mark.parametrize("exact", [False, True])
def test_a_cut_is_made_in_the_sandbox_and_nowhere_else(clip: Clip, no_decoder_here: None, exact: bool) -> None:
    content, facts = cut(clip, CutPlan(1000, 3000, exact), True)
    assert content[:3] == b"\0\0\0"
    assert (facts["frames"], facts["reencoded"], facts["audio"]) == (30, exact, True)


def test_so_are_a_preview_and_a_share(
    clip: Clip, share_it: Sharing, olive: Account, olives_ask: Ask, no_decoder_here: None
) -> None:
    planned = choosing.planned(olives_ask, [choosing.Choice(clip.ref, 1000, 3000)])[0]
    assert previewing.preview(olive.pk, planned.plan).facts["frames"] == 30
    share_it(clip)
    tasks.run_due(10)
    assert SharedVideo.objects.get().facts["frames"] == 30


def test_the_sandbox_makes_the_very_bytes_that_the_cut_makes(clip: Clip) -> None:
    made = cutting.cut(footage(bframes=3, audio=True), PLAN, False)
    assert cut(clip, PLAN, False) == made
    assert streams.numbers(made[0]) == list(range(15, 45))


def test_a_plan_that_does_not_fit_is_told_in_words(clip: Clip) -> None:
    with pytest.raises(CutError, match=r"no key frame at 1\.500 s"):
        cut(clip, CutPlan(1500, 3000, exact=False), False)


@pytest.mark.parametrize(
    ("greed", "reason"),
    [
        ("held = bytearray(3 * 2**30)", "This video needs more memory"),
        ("while True: pass", "This video needs more than 1 seconds of computing"),
    ],
)
def test_a_clip_that_needs_more_than_its_share_fails_its_share_with_the_reason(
    clip: Clip,
    share_it: Sharing,
    olives_ask: Ask,
    broken_cut: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
    greed: str,
    reason: str,
) -> None:
    monkeypatch.setattr(making, "CPU_SECONDS", 1)
    monkeypatch.setattr(making, "WAIT_A_CPU_SECOND", 100)
    broken_cut(greed)
    share = share_it(clip)
    tasks.run_due(10)
    share.refresh_from_db()
    olives_ask.refresh_from_db()
    assert (share.state, olives_ask.state) == (Share.State.FAILED, Ask.State.OPENED)
    assert share.failure.startswith(reason)
    assert not list(blobs.store().blobs("shared"))


def test_a_clip_that_breaks_the_decoder_fails_its_share_with_the_reason(
    clip: Clip, share_it: Sharing, broken_cut: Callable[[str], None]
) -> None:
    broken_cut("os.kill(os.getpid(), signal.SIGSEGV)")
    share = share_it(clip)
    tasks.run_due(10)
    share.refresh_from_db()
    assert (share.state, share.failure) == (Share.State.FAILED, "This video breaks the decoder.")


def test_a_decoder_that_was_killed_from_outside_is_tried_again(
    clip: Clip, share_it: Sharing, broken_cut: Callable[[str], None], clock: source.SeededSource
) -> None:
    broken_cut("os.kill(os.getpid(), signal.SIGKILL)")
    share = share_it(clip)
    tasks.run_due(10)
    share.refresh_from_db()
    assert (share.state, share.attempts) == (Share.State.PREPARING, 1)
    broken_cut("")
    clock.advance(share.due_at - clock.now())
    tasks.run_due(10)
    share.refresh_from_db()
    assert share.state == Share.State.READY


def test_a_decoder_that_never_ends_is_stopped_and_tried_again(
    clip: Clip, broken_cut: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "CPU_SECONDS", 1)
    broken_cut("time.sleep(60)")
    with pytest.raises(sandbox.Interrupted, match="too long"):
        cut(clip, PLAN, False)


def test_a_preview_that_was_interrupted_says_so(
    clip: Clip, olive: Account, olives_ask: Ask, broken_cut: Callable[[str], None]
) -> None:
    broken_cut("os.kill(os.getpid(), signal.SIGKILL)")
    planned = choosing.planned(olives_ask, [choosing.Choice(clip.ref, 0, 2000)])[0]
    with pytest.raises(CutError, match="try again"):
        previewing.preview(olive.pk, planned.plan)


@pytest.mark.parametrize(
    "lie",
    [
        "facts.update(frames='many')",
        "facts.update(starts_ms=-1)",
        "facts.update(codec='<b>')",
        "facts.update(reencoded=True)",
        "facts.update(more=1)",
        "facts.update(ends_ms=facts['starts_ms'])",
    ],
)
def test_facts_that_no_cut_has_are_not_believed(clip: Clip, broken_cut: Callable[[str], None], lie: str) -> None:
    broken_cut(lie)
    with pytest.raises(CutError, match="breaks the decoder"):
        cut(clip, PLAN, False)


def test_a_clip_whose_file_was_damaged_is_told_so(clip: Clip) -> None:
    with blobs.store().open(clip.blob) as file:
        sealed = bytearray(file.read())
    sealed[-1] ^= 1
    blobs.store().delete(clip.blob)
    with blobs.store().create(clip.blob) as writer:
        writer.write(bytes(sealed))
        writer.commit()
    with pytest.raises(CutError, match="damaged"):
        cut(clip, PLAN, False)


def test_one_that_turns_out_damaged_while_it_is_cut_is_told_so_too(clip: Clip) -> None:
    def pieces() -> Iterator[bytes]:
        yield bytes(1000)
        raise Tampered("A chunk was changed.")

    with pytest.raises(CutError, match="damaged"):
        making.made_of(Plan(clip, PLAN, audio=False), sandbox.Payload(2000, pieces()))


@pytest.fixture
def broken_cut(monkeypatch: pytest.MonkeyPatch) -> Any:
    """`broken_cut(code)`: from now on the sandbox runs `code` after each cut, before it answers."""

    def put_in(code: str) -> None:
        program = (
            "import sys; sys.path.insert(0, sys.argv[2]); import os, signal, time\n"
            "from goodfences.clips import cutting, jail\n"
            "made = cutting.cut_in_jail\n"
            "def then(header, payload):\n"
            "    facts, files = made(header, payload)\n"
            f"    {code or 'pass'}\n"
            "    return facts, files\n"
            "cutting.cut_in_jail = then\n"
            "jail.serve(int(sys.argv[1]))"
        )
        sandbox._end_all()
        monkeypatch.setattr(sandbox, "_START", program)

    yield put_in
    sandbox._end_all()
