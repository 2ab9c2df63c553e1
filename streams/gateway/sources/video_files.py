"""A video file as a source, through PyAV: its own frame times, or a rate that it is told.

In: a path. Out: frames from `start_at_ms` on, the file's first frame exactly there. Played in
a loop it goes on for ever, each pass one file's length later than the one before.
"""

from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path

import av
import numpy as np

from streams.gateway.errors import SourceError
from streams.gateway.sources.file_times import RisingTimes, Stamp, trusted_stamp
from streams.gateway.sources.source import CapturedFrame, Image

_PROBED_FRAMES = 32
_FALLBACK_FPS = 25.0


class VideoFile:
    """One video file.

    Raises:
        SourceError: If the file is missing, is not a video, or holds no frame that can be decoded.
    """

    is_live = False

    def __init__(self, path: Path, *, start_at_ms: int, fps: float | None, is_looped: bool) -> None:
        self.first_at_ms: int | None = start_at_ms
        self.undecodable_total = 0
        self._path = path
        self._is_looped = is_looped
        self._start_at_ms = start_at_ms
        probed = self._probed_stamp()
        self._stamp = Stamp.COUNT if fps else probed
        self._fps = fps or self._nominal_fps()
        self.interval_ms = max(1, round(1000 / self._fps))

    def frames(self, after_ms: int | None) -> Iterator[CapturedFrame]:
        """The file's frames, oldest first; a loop leaves out whole passes before `after_ms`."""
        shift_ms = self._start_at_ms
        if self._is_looped and after_ms is not None and after_ms > shift_ms:
            length_ms = self._length_ms()
            shift_ms += (after_ms - shift_ms) // length_ms * length_ms
        while True:
            since_first_ms = 0
            for since_first_ms, frame in self._decoded():
                yield CapturedFrame(shift_ms + since_first_ms, lambda frame=frame: _upright(frame))  # type: ignore[misc]  # a lambda's default has no type
            if not self._is_looped:
                return
            shift_ms += since_first_ms + self.interval_ms

    def close(self) -> None:
        """Nothing is held between frames but the file, which ends with its iterator."""

    def _length_ms(self) -> int:
        return max(since_first_ms for since_first_ms, _ in self._decoded()) + self.interval_ms

    def _decoded(self) -> Iterator[tuple[int, av.VideoFrame]]:
        times = RisingTimes(1000 / self._fps)
        for index, frame in zip(count(), self._images(), strict=False):
            yield times.next_ms(self._stamp_ms(index, frame)), frame

    def _stamp_ms(self, index: int, frame: av.VideoFrame) -> float | None:
        if self._stamp is Stamp.COUNT:
            return index * 1000 / self._fps
        ticks = frame.pts if self._stamp is Stamp.PTS else frame.dts
        if ticks is None or frame.time_base is None:
            return None
        return float(ticks * frame.time_base * 1000)

    def _images(self) -> Iterator[av.VideoFrame]:
        with self._opened() as container:
            for packet in self._packets(container):
                try:
                    yield from packet.decode()
                except av.InvalidDataError:
                    self.undecodable_total += 1

    def _packets(
        self, container: av.container.InputContainer
    ) -> Iterator["av.Packet[av.VideoStream]"]:
        try:
            yield from container.demux(container.streams.video[0])
        except av.FFmpegError as error:
            raise SourceError(f"{self._path}: cannot be read to its end: {error}") from error

    def _opened(self) -> av.container.InputContainer:
        try:
            container = av.open(str(self._path))
        except FileNotFoundError as error:
            raise SourceError(f"{self._path}: expected a video file, got no such file") from error
        except (av.FFmpegError, OSError) as error:
            raise self._not_a_video() from error
        if not container.streams.video:
            container.close()
            raise self._not_a_video()
        return container

    def _not_a_video(self) -> SourceError:
        return SourceError(
            f"{self._path}: expected a video file, got one in which no video was found"
        )

    def _probed_stamp(self) -> Stamp:
        first = [(frame.pts, frame.dts) for frame in islice(self._images(), _PROBED_FRAMES)]
        if not first:
            raise self._not_a_video()
        self.undecodable_total = 0
        pts, dts = zip(*first, strict=True)
        return trusted_stamp(pts, dts)

    def _nominal_fps(self) -> float:
        with self._opened() as container:
            stream = container.streams.video[0]
            return float(stream.average_rate or stream.guessed_rate or _FALLBACK_FPS)


def _upright(frame: av.VideoFrame) -> Image:
    image: Image = frame.to_ndarray(format="bgr24").astype(np.uint8, copy=False)
    quarter_turns = round(frame.rotation / 90)
    return np.ascontiguousarray(np.rot90(image, quarter_turns)) if quarter_turns else image
