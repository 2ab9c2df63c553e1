"""`footfall layouts`: check layout files, publish them."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import click

from compose.options import example, given, settings_options
from schemas.layout import SiteLayout
from schemas.layout_files import load_layout
from schemas.settings import KafkaSettings

_CELLS_SHOWN = 5
_FILES = click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))


@click.group(epilog=example("footfall layouts check examples/walkway.yaml"))
def command() -> None:
    """Check layout files; publish them."""


@command.command(epilog=example("footfall layouts check examples/walkway.yaml"))
@_FILES
def check(files: tuple[Path, ...]) -> None:
    """Say whether layouts hold, and every problem with its place where not."""
    for layout in [load_layout(file) for file in files]:
        click.echo(f"{layout.site} version {layout.version} holds: {_contents(layout)}.")
        for sentence in _uncounted_floor(layout):
            click.echo(sentence)


@command.command(epilog=example("footfall layouts publish milano-01.yaml --kafka broker-1:9092"))
@_FILES
@settings_options(KafkaSettings)
def publish(files: tuple[Path, ...], **options: object) -> None:
    """Publish layouts: from their effective time on they are what the engine works with."""
    from streams.adapters.layouts import publish_layout

    settings = given(KafkaSettings, options)
    for layout in [load_layout(file) for file in files]:
        asyncio.run(publish_layout(settings, layout))
        click.echo(f"{layout.site} version {layout.version} is published.")


def _contents(layout: SiteLayout) -> str:
    zone_count = sum(len(camera.zones) for camera in layout.cameras)
    line_count = sum(len(camera.lines) for camera in layout.cameras)
    return (
        f"{len(layout.cameras)} cameras, {zone_count} zones, {line_count} lines, "
        f"{len(layout.rules)} rules"
    )


def _uncounted_floor(layout: SiteLayout) -> Iterator[str]:
    """Where people walk uncounted; without any homography nobody expects a floor heatmap."""
    from streams.geometry.floor import floor_shape, unowned_cells

    if layout.floor is None or all(camera.homography is None for camera in layout.cameras):
        return
    unowned = unowned_cells(layout)
    if not unowned:
        return
    rows, cols = floor_shape(layout.floor)
    shown = ", ".join(f"({row}, {col})" for row, col in unowned[:_CELLS_SHOWN])
    more = ", ..." if len(unowned) > _CELLS_SHOWN else ""
    yield (
        f"{layout.site}: no camera counts {len(unowned)} of the floor's {rows * cols} cells; "
        f"(row, column): {shown}{more}."
    )
