"""`footfall simulate`: the simulated store as a dataset on disk."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from compose.options import example
from streams.simulation.arrivals import MOST_TRAFFIC
from streams.simulation.stores import STORES

_TIME = "%Y-%m-%dT%H:%M:%SZ"


@click.command(
    epilog=example(
        "footfall simulate --out dataset --frames 300",
        "footfall simulate --out training --moved-views 5 --every-ms 17300 --light 2.5",
    )
)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder to write to.")
@click.option(
    "--site", "sites", multiple=True, type=click.Choice(list(STORES)), help="Which stores; all."
)
@click.option("--seed", default=1, show_default=True, help="Another seed gives other people.")
@click.option(
    "--start-at",
    default="2000-01-01T12:00:00Z",
    type=click.DateTime([_TIME]),
    show_default=True,
    help="Time of the first frame.",
)
@click.option(
    "--frames",
    default=100,
    type=click.IntRange(min=1),
    show_default=True,
    help="Frames of each camera.",
)
@click.option(
    "--every-ms",
    default=200,
    type=click.IntRange(min=1),
    show_default=True,
    help="Time between two frames of a camera.",
)
@click.option(
    "--moved-views",
    default=0,
    type=click.IntRange(min=0),
    show_default=True,
    help="Further cameras per store, placed at random.",
)
@click.option("--own-views/--no-own-views", default=True, help="The stores' own cameras, or not.")
@click.option(
    "--light",
    default=1.0,
    type=click.FloatRange(min=0.0, max=4.0),
    show_default=True,
    help="How far the light may stray; 1 is ordinary.",
)
@click.option(
    "--traffic",
    default=1.0,
    type=click.FloatRange(min=0.0, min_open=True, max=MOST_TRAFFIC),
    show_default=True,
    help="How many come, relative to an ordinary day; 1.5 fills the tills in the rush.",
)
def command(out: Path, sites: tuple[str, ...], start_at: datetime, **options: Any) -> None:
    """Write the simulated store: images, COCO labels, the truth as JSON lines, the layouts."""
    from compose.dataset import DatasetPlan, write_dataset
    from compose.errors import ComposeError
    from streams.simulation.light import LightRange

    plan = DatasetPlan(
        sites=sites or tuple(STORES),
        seed=options["seed"],
        start_ms=int(start_at.replace(tzinfo=UTC).timestamp() * 1000),
        frame_count=options["frames"],
        every_ms=options["every_ms"],
        moved_view_count=options["moved_views"],
        traffic=options["traffic"],
        has_own_views=options["own_views"],
        light=LightRange().times(options["light"]),
    )
    try:
        count = write_dataset(plan, out)
    except OSError as error:
        raise ComposeError(f"--out: cannot write a dataset there: {error}") from error
    click.echo(f"{out} has {count} images, annotations.json (COCO), the truth and the layouts.")
