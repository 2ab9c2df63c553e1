"""Settings of the Detector: which model on which device, what to keep, how to consume."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import NoDecode

from schemas.settings import KafkaSettings

DEMO_MODEL = Path(__file__).with_name("demo") / "demo.onnx"


class Device(StrEnum):
    """Where the model runs."""

    AUTO = "auto"
    """A GPU where ONNX Runtime and Ray offer one, else the CPU."""
    CPU = "cpu"
    GPU = "gpu"
    """A GPU, or the start fails."""


class Fit(StrEnum):
    """How an image is fitted into the model's input."""

    SQUARE = "square"
    """Scaled by one factor, padded to the model's full input."""
    RECT = "rect"
    """Padded only to the next multiple of 32 where the graph takes any size: less to compute."""


class DetectorSettings(KafkaSettings):
    """Settings of the Detector's replicas."""

    model: Path = DEMO_MODEL
    """An ONNX export of a detection model."""
    device: Device = Device.AUTO
    """Where the model runs: auto, cpu or gpu."""
    classes: Annotated[tuple[str, ...], NoDecode] = ("person",)
    """Class names to keep, comma separated; empty keeps all."""
    min_score: float = Field(default=0.1, gt=0, lt=1)
    """Boxes that score less are dropped; the tracker still uses weak boxes, so this is low."""
    nms_iou: float = Field(default=0.6, gt=0, le=1)
    """Of two boxes of one class that overlap more than this, the weaker is dropped."""
    max_box_count: int = Field(default=300, ge=1, le=3000)
    """Most boxes kept of one frame, best first."""
    input_size_px: int | None = Field(default=None, ge=32, le=4096)
    """Side of the model's input where the graph leaves it open; unset takes the export's own."""
    fit: Fit = Fit.RECT
    """How an image is fitted into the model's input: square or rect. Stretching models stretch."""
    replicas: int = Field(default=1, ge=1)
    """Detector replicas; more than `frames` has partitions leaves some idle."""
    replica_cpus: float = Field(default=1.0, ge=0)
    """CPU cores that Ray sets aside for a replica."""
    replica_gpus: float = Field(default=1.0, gt=0, le=1)
    """Share of a GPU that Ray sets aside for a replica, where one is used."""
    batch_size: int | None = Field(default=None, ge=1, le=128)
    """Most frames in one run of the model; unset follows the device (2 on a CPU, 16 on a GPU)."""
    decode_threads: int = Field(default=2, ge=1, le=64)
    """Threads that decode and resize images, per replica."""
    model_threads: int = Field(default=1, ge=1, le=64)
    """Threads that compute the model on a CPU, per replica; replicas scale better than threads."""
    max_frame_age_ms: int | None = Field(default=None, ge=1)
    """Frames older than this are shed; unset, for files and simulation, sheds none."""
    health_interval_ms: int = Field(default=5_000, ge=100)
    """Between two health records of a camera."""
    stall_ms: int = Field(default=60_000, ge=1_000)
    """A replica that has frames waiting and publishes nothing for this long is started again."""

    @field_validator("classes", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(name.strip() for name in value.split(",") if name.strip())
        return value
