"""`footfall models`: check detection models."""

from collections.abc import Sequence
from pathlib import Path

import click

from compose.options import example, given, settings_options
from serve.inference.settings import DetectorSettings

_OF_THE_MODEL = (
    "device",
    "classes",
    "min_score",
    "nms_iou",
    "max_box_count",
    "input_size_px",
    "fit",
    "model_threads",
)
_NAMES_SHOWN = 5


@click.group(epilog=example("footfall models check yolox_nano.onnx"))
def command() -> None:
    """Check detection models."""


@command.command(epilog=example("footfall models check yolox_nano.onnx --device cpu"))
@click.argument("file", type=click.Path(path_type=Path))
@settings_options(DetectorSettings, only=_OF_THE_MODEL)
def check(file: Path, **options: object) -> None:
    """Load a model as the Detector would, run it once, and say what it is."""
    from serve.inference.models import load_model

    model = load_model(file, given(DetectorSettings, options))
    model.self_test()
    click.echo(f"{file} works: {model.label}, runs on {model.provider}.")
    click.echo(f"Its input is {model.size.width}x{model.size.height} px.")
    kept = model.keep.classes
    kept_names = "all" if kept is None else _shortened([model.names[index] for index in kept])
    click.echo(f"Classes: {kept_names} of {len(model.names)} ({_shortened(model.names)}).")


def _shortened(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_NAMES_SHOWN])
    return f"{shown}, ..." if len(names) > _NAMES_SHOWN else shown
