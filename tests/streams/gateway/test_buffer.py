import asyncio

from schemas.frames import FrameHeaders
from streams.gateway.buffer import FrameBuffer
from streams.gateway.capture import WireFrame


def _frame(seq: int, size: int = 10) -> WireFrame:
    headers = FrameHeaders(
        site="s", camera="c", captured_at_ms=seq, seq=seq, width=1, height=1, run=1
    )
    return WireFrame(headers, bytes(size))


def _seqs(frames: list[WireFrame]) -> list[int]:
    return [frame.headers.seq for frame in frames]


async def test_a_file_waits_for_room() -> None:
    buffer = FrameBuffer(2, drops_oldest=False)
    await buffer.put(_frame(0))
    await buffer.put(_frame(1))
    waiting = asyncio.create_task(buffer.put(_frame(2)))
    await asyncio.sleep(0)
    assert not waiting.done()
    assert _seqs(await buffer.take(10)) == [0]
    assert await waiting == 0
    assert _seqs(await buffer.take(1000)) == [1, 2]


async def test_a_live_camera_drops_its_oldest_and_says_so() -> None:
    buffer = FrameBuffer(2, drops_oldest=True)
    assert [await buffer.put(_frame(seq)) for seq in range(4)] == [0, 0, 1, 1]
    assert _seqs(await buffer.take(1000)) == [2, 3]


async def test_taken_frames_keep_to_the_limit_but_one_always_goes() -> None:
    buffer = FrameBuffer(9, drops_oldest=False)
    for seq, size in enumerate((50, 30, 20, 1)):
        await buffer.put(_frame(seq, size))
    assert _seqs(await buffer.take(40)) == [0]
    assert _seqs(await buffer.take(50)) == [1, 2]
    assert _seqs(await buffer.take(50)) == [3]


async def test_a_closed_buffer_gives_what_waits_and_then_nothing() -> None:
    buffer = FrameBuffer(9, drops_oldest=False)
    await buffer.put(_frame(0))
    await buffer.close()
    assert _seqs(await buffer.take(1000)) == [0]
    assert await buffer.take(1000) == []
