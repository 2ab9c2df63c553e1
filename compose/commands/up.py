"""`footfall up`: everything on this machine, with one command."""

from typing import Any

import click

from compose.options import example, given, settings_options
from compose.settings import UpSettings

_GATEWAY_OPTIONS = {
    "fps": "Frames per second of a file, instead of its own times.",
    "speed": "Speed of a file: `real`, `max` (as fast as it goes) or a factor.",
    "start_at": "Event time of a file's first frame, ISO 8601 with time zone.",
}


def _gateway_options(command: Any) -> Any:
    for name, meaning in reversed(_GATEWAY_OPTIONS.items()):
        command = click.option("--" + name.replace("_", "-"), name, help=meaning)(command)
    return command


@click.command(
    epilog=example(
        "footfall up",
        "footfall up --source video.avi --model yolox_nano.onnx --layout examples/walkway.yaml",
    )
)
@settings_options(UpSettings, names={"api_host": "host", "api_port": "port"})
@_gateway_options
def command(**options: Any) -> None:
    """Start everything on this machine and show its address; Ctrl-C stops it.

    Kafka, PostgreSQL, the Detector and the API on Ray Serve, the engine, the view writer and a
    gateway run here, each with a log in the data folder. The next start goes on where this one
    stopped. Without --source, simulated stores are what the cameras see.
    """
    from compose import up
    from compose.preflight import check, claim_folder
    from compose.processes import StopAskedError, interrupt_when_asked_to_stop
    from compose.stack import decide

    interrupt_when_asked_to_stop()
    gateway_values = {name: options[name] for name in _GATEWAY_OPTIONS if options[name]}
    settings = given(UpSettings, options)
    data = claim_folder(settings.data)
    try:
        with up.claimed(data):
            feeds = check(settings, gateway_values)
            stack = decide(
                settings,
                feeds,
                data=data,
                runtime=up.runtime_folder(data),
                gateway_values=gateway_values,
            )
            up.run(stack, click.echo)
    except StopAskedError:
        click.echo("Stopped before anything was started.")
