"""One site's state: detections and layout marks in, results out. Pure: no clock, no I/O, no Faust.

Cameras do not know of each other: each is a `CameraEngine`, and only the merge into `sites` and the
present see them all. So whatever the interleaving of cameras, each one's finals are the same bytes.
"""

import msgspec

from schemas import layout_rules
from schemas.detections import Detection, LayoutMark
from schemas.errors import MessageError
from schemas.layout import SiteLayout
from schemas.live import LiveRecord
from schemas.topics import Result
from streams.camera_engine import BEFORE_ALL, CameraEngine, CameraState
from streams.errors import SnapshotError
from streams.geometry.floor import FloorView
from streams.metrics.plan import NO_LAYOUT, CameraPlan, camera_floors
from streams.metrics.site_merge import SiteMerge

KEPT_VERSIONS = 8
"""Newest versions of the layout that a camera heard for the first time may still need."""


SNAPSHOT_FORM = 5
"""Rises when a snapshot of before cannot be gone on from."""


class SiteState(msgspec.Struct, array_like=True):
    """What a snapshot keeps of a site."""

    form: int
    """`SNAPSHOT_FORM` of who wrote it."""
    site: str
    """Id of the site."""
    marks: dict[int, LayoutMark] = {}
    """By version; one leaves when it is not among the newest and nobody uses it."""
    cameras: dict[str, CameraState] = {}
    """By id; bounded by the cameras of the site."""
    merge: SiteMerge = msgspec.field(default_factory=SiteMerge)
    """Windows that wait for cameras."""
    at_ms: int = BEFORE_ALL
    """Event time of the newest frame of any camera."""


class SiteEngine:
    """One site: its cameras, their layouts, their merge."""

    def __init__(self, site: str) -> None:
        self._open(SiteState(SNAPSHOT_FORM, site))

    def observe(self, detection: Detection) -> list[Result]:
        """What one message makes certain; nothing if it is a replay or out of order.

        Returns:
            Records in the order in which they became certain; the last per key counts.
        """
        camera = self._cameras.get(detection.camera) or self._begin_camera(detection.camera)
        heard_ms, from_ms = camera.state.at_ms, camera.ledger.state.closed_until_ms
        results, closed = camera.observe(detection)
        for window in closed:
            self._state.merge.add(window)
        to_ms = camera.ledger.state.closed_until_ms
        if to_ms > from_ms and camera.is_in_layout:
            results += self._state.merge.passed(
                self._state.site,
                (from_ms, to_ms),
                closed_until={
                    name: one.ledger.state.closed_until_ms for name, one in self._cameras.items()
                },
                layouts={version: mark.layout for version, mark in self._state.marks.items()},
            )
        if closed:
            self._forget_marks()
        if camera.state.at_ms > heard_ms:
            self._state.at_ms = max(self._state.at_ms, camera.state.at_ms)
            camera.state.heard_at_ms = self._state.at_ms
        return results

    def adopt(self, mark: LayoutMark) -> list[Result]:
        """Take a layout into the log's account; a version not above the newest is a replay.

        Raises:
            MessageError: If the layout does not hold; nothing has changed then.
        """
        if mark.version <= max(self._state.marks, default=NO_LAYOUT):
            return []
        problems = layout_rules.problems(mark.layout)
        if problems:
            raise MessageError(f"layout {mark.version} of {mark.site}: {'; '.join(problems)}")
        self._state.marks[mark.version] = mark
        for camera in self._cameras.values():
            camera.adopt(mark.version, from_ms=mark.effective_from_ms)
        self._forget_marks()
        return []

    def live(self) -> LiveRecord | None:
        """The site's present, None before the first frame; reading it changes nothing.

        A camera is silent once the others' time has moved on by its `gap_ms` since it last spoke:
        whoever was in its view is not there any more.
        """
        if self._state.at_ms == BEFORE_ALL:
            return None
        return LiveRecord(
            site=self._state.site,
            layout_version=max(one.version for one in self._cameras.values()),
            at_ms=self._state.at_ms,
            cameras=[
                self._cameras[name].live(site_at_ms=self._state.at_ms)
                for name in sorted(self._cameras)
            ],
        )

    @property
    def layout(self) -> SiteLayout | None:
        """The newest version of the layout that was adopted, in force or about to be."""
        return self._state.marks[max(self._state.marks)].layout if self._state.marks else None

    def said_ms(self, camera: str) -> int | None:
        """Event time of what a camera said last, of its site's newest if it never said anything."""
        known = self._cameras.get(camera)
        at_ms = self._state.at_ms if known is None else known.state.at_ms
        return None if at_ms == BEFORE_ALL else at_ms

    def has_ended(self, camera: str) -> bool:
        """Whether a camera's source is finished, and no frame was seen since."""
        return camera in self._cameras and self._cameras[camera].has_ended

    def counters(self) -> dict[str, dict[str, int]]:
        """Messages and boxes by camera and cause, since birth or restore."""
        return {name: dict(one.counters) for name, one in sorted(self._cameras.items())}

    def snapshot(self) -> bytes:
        """Everything that `restore` needs to give the same results from here on, bit for bit."""
        self._state.cameras = {name: one.saved() for name, one in self._cameras.items()}
        return msgspec.msgpack.encode(self._state)

    @classmethod
    def restore(cls, snapshot: bytes) -> "SiteEngine":
        """The engine that gave a snapshot; its counters begin anew.

        Raises:
            SnapshotError: If it was written in another form.
        """
        engine = cls.__new__(cls)
        try:
            state = msgspec.msgpack.decode(snapshot, type=SiteState)
            if state.form != SNAPSHOT_FORM:
                raise ValueError(f"form: expected {SNAPSHOT_FORM}, got {state.form}")
            engine._open(state)
        except (msgspec.DecodeError, ValueError) as error:
            raise SnapshotError(
                f"a snapshot is of another version of Footfall ({error}): run that version, "
                "or delete the topic of snapshots to compute all anew from `detections`"
            ) from error
        return engine

    def _open(self, state: SiteState) -> None:
        self._state = state
        self._floors: dict[int, dict[str, FloorView]] = {}
        self._cameras = {
            name: self._camera_engine(name, one) for name, one in state.cameras.items()
        }

    def _begin_camera(self, camera: str) -> CameraEngine:
        begun = self._camera_engine(camera, CameraState())
        for version in sorted(self._state.marks)[-KEPT_VERSIONS:]:
            begun.adopt(version, from_ms=self._state.marks[version].effective_from_ms)
        self._cameras[camera] = begun
        return begun

    def _camera_engine(self, camera: str, state: CameraState) -> CameraEngine:
        def make_plan(version: int) -> CameraPlan:
            return self._plan(version, camera)

        return CameraEngine((self._state.site, camera), state, make_plan)

    def _plan(self, version: int, camera: str) -> CameraPlan:
        mark = self._state.marks.get(version)
        if mark is None:
            nothing = SiteLayout(site=self._state.site, version=NO_LAYOUT, cameras=[])
            return CameraPlan(nothing, camera, None)
        floors = self._floors.get(version)
        if floors is None:
            floors = self._floors[version] = camera_floors(mark.layout)
        return CameraPlan(mark.layout, camera, floors.get(camera))

    def _forget_marks(self) -> None:
        used = {version for one in self._cameras.values() for version in one.timeline.versions}
        used |= {window.version for window in self._state.merge.windows.values()}
        used |= set(sorted(self._state.marks)[-KEPT_VERSIONS:])
        for version in [one for one in self._state.marks if one not in used]:
            del self._state.marks[version]
            self._floors.pop(version, None)
