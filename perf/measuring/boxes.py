"""One frame as the engine gets it: boxes and scores in, a detection message out."""

from schemas.detections import Detection, DetectionStatus
from streams.simulation.detections import FoundBoxes

RUN = 1
SIZE_PX = (640, 360)


def detection(site: str, camera: str, number: int, found: FoundBoxes) -> Detection:
    """The message of one frame.

    Args:
        site: Id of the site.
        camera: Id of the camera.
        number: Of the frame within its run.
        found: What a detector found on it.
    """
    width, height = SIZE_PX
    return Detection(
        site=site,
        camera=camera,
        captured_at_ms=found.at_ms,
        seq=number,
        run=RUN,
        width=width,
        height=height,
        frame_partition=0,
        frame_offset=number,
        status=DetectionStatus.OK,
        boxes=[(x1, y1, x2, y2) for x1, y1, x2, y2 in found.boxes.tolist()],
        scores=found.scores.tolist(),
        classes=["person"] * len(found.boxes),
    )
