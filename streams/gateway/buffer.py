"""Frames between capture and broker: bounded, so that a broker that is down fills no memory.

A file waits for room. A live camera goes on without us, so its oldest waiting frame makes room.
"""

import asyncio
from collections import deque

from streams.gateway.capture import WireFrame


class FrameBuffer:
    """The frames of one camera that wait to be sent, oldest first."""

    def __init__(self, frame_limit: int, *, drops_oldest: bool) -> None:
        self._frames: deque[WireFrame] = deque()
        self._frame_limit = frame_limit
        self._drops_oldest = drops_oldest
        self._changed = asyncio.Condition()
        self._is_closed = False

    async def put(self, frame: WireFrame) -> int:
        """Adds a frame once there is room; returns how many were dropped for it."""
        async with self._changed:
            dropped = 0
            if self._drops_oldest and len(self._frames) >= self._frame_limit:
                self._frames.popleft()
                dropped = 1
            await self._changed.wait_for(lambda: len(self._frames) < self._frame_limit)
            self._frames.append(frame)
            self._changed.notify_all()
            return dropped

    async def take(self, byte_limit: int) -> list[WireFrame]:
        """The oldest frames of together at most `byte_limit`, at least one.

        Waits for the first; empty once the buffer is closed and nothing waits.
        """
        async with self._changed:
            await self._changed.wait_for(lambda: self._frames or self._is_closed)
            taken: list[WireFrame] = []
            taken_bytes = 0
            while self._frames and (
                not taken or taken_bytes + len(self._frames[0].value) <= byte_limit
            ):
                taken.append(self._frames.popleft())
                taken_bytes += len(taken[-1].value)
            self._changed.notify_all()
            return taken

    async def close(self) -> None:
        """No frame comes any more; those that wait can still be taken."""
        async with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    def __len__(self) -> int:
        return len(self._frames)
