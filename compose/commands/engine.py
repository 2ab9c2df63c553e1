"""`footfall engine`: detections in, finals out."""

import click

from compose.options import example, given, settings_options
from streams.settings import EngineSettings


@click.command(epilog=example("footfall engine --kafka broker-1:9092 --instance-id engine-1"))
@settings_options(EngineSettings)
def command(**options: object) -> None:
    """Run a worker of the site engine: detections become tracks, queues, flows, heatmaps."""
    from streams.app import run_engine

    run_engine(given(EngineSettings, options))
