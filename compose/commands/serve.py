"""`footfall serve`: the Detector and the API on Ray Serve."""

import os

import click

from compose.options import example, settings_options, variables
from serve.api.settings import ApiSettings
from serve.inference.settings import DetectorSettings
from serve.settings import ServeSettings


@click.command(
    epilog=example("FOOTFALL_KAFKA=broker-1:9092 footfall serve --model yolox_nano.onnx")
)
@settings_options(ServeSettings, ApiSettings, DetectorSettings)
def command(**options: str | None) -> None:
    """Run Ray Serve here: the Detector turns frames into detections, the API answers questions.

    The database comes from FOOTFALL_DATABASE_URL and the token of the API from FOOTFALL_API_TOKEN:
    secrets are no options.
    """
    from serve.app import run_serve

    # Replicas are processes of their own and read the environment, so that is where options go.
    os.environ |= variables(options)
    run_serve()
