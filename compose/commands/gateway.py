"""`footfall gateway`: cameras in, frames out."""

import time

import click

from compose.options import example, given, settings_options
from streams.gateway.settings import GatewaySettings


@click.command(
    epilog=example(
        "footfall gateway --site campus --camera walkway=video.avi --layout examples/walkway.yaml"
    )
)
@settings_options(GatewaySettings, names={"cameras": "camera", "layouts": "layout"})
@click.option(
    "--stay-s",
    default=0.0,
    hidden=True,
    help="Live at least this long: a process manager takes a quick end for a crash.",
)
def command(stay_s: float, **options: object) -> None:
    """Run a gateway: it reads cameras, masks what must not leave, and sends frames to Kafka."""
    from streams.gateway.app import run_gateway

    started_at_s = time.monotonic()
    run_gateway(given(GatewaySettings, options))
    time.sleep(max(0.0, started_at_s + stay_s - time.monotonic()))
