"""`footfall query`: a site's numbers, asked of the API."""

import click
import orjson

from compose.api_client import ask
from compose.options import example, given
from compose.settings import ReaderSettings

_OF_A_SITE = (
    "summary",
    "footfall",
    "queues",
    "occupancy",
    "dwell",
    "flows",
    "journeys",
    "heatmap",
    "tracks",
    "crossings",
    "alerts",
)
_OF_ALL = ("sites", "now")


@click.command(
    epilog=example(
        "footfall query sites",
        "footfall query queues store-1 --step 15m",
        "footfall query footfall campus --from 2000-01-01 --to 2000-01-02 --step 1h",
    )
)
@click.argument("what", type=click.Choice([*_OF_ALL, "site", *_OF_A_SITE]))
@click.argument("site", required=False)
@click.option("--from", "from", help="First instant, ISO 8601; default: an hour before --to.")
@click.option("--to", help="First instant after; default: the end of the newest window.")
@click.option("--step", help="Length of a step: 30s, 15m, 1h, 1d; default: the site's window.")
@click.option(
    "--open-only", is_flag=True, flag_value="true", default=None, help="Count opening hours only."
)
@click.option("--camera", help="Only this one's; for heatmap and tracks.")
@click.option("--line", help="Only over this one; for crossings.")
@click.option("--space", type=click.Choice(["image", "floor"]), help="For heatmap.")
@click.option("--limit", help="Most records; for tracks, crossings and alerts.")
@click.option("--api", help="Where the API is; default: http://127.0.0.1:8000/ [FOOTFALL_API]")
def command(what: str, site: str | None, api: str | None, **parameters: str | None) -> None:
    """Ask the API for a site's numbers and print its answer as JSON."""
    settings = given(ReaderSettings, {"api": api})
    if what not in _OF_ALL and site is None:
        raise click.UsageError(f"Say of which site: footfall query {what} SITE")
    of_a_site = f"v1/sites/{site}" if what == "site" else f"v1/sites/{site}/{what}"
    path = f"v1/{what}" if what in _OF_ALL else of_a_site
    answer = ask(
        settings.api,
        path,
        parameters={name: value for name, value in parameters.items() if value is not None},
        token=settings.token,
    )
    click.echo(orjson.dumps(answer, option=orjson.OPT_INDENT_2).decode())
