"""`footfall topics`: the topics of the broker."""

import asyncio

import click

from compose.options import example, given, settings_options
from schemas.settings import KafkaSettings


@click.group(epilog=example("footfall topics create --partitions 16"))
def command() -> None:
    """Create the topics."""


@command.command(
    epilog=example("FOOTFALL_KAFKA=broker-1:9092 footfall topics create --partitions 16")
)
@settings_options(KafkaSettings)
@click.option(
    "--partitions",
    default=4,
    show_default=True,
    type=click.IntRange(1, 1000),
    help="Partitions of every topic; never changes once the topics exist.",
)
def create(partitions: int, **options: object) -> None:
    """Create the topics that are missing, with their retention and limits."""
    from streams.adapters.topics import create_topics

    settings = given(KafkaSettings, options)
    created = asyncio.run(create_topics(settings, partitions))
    for name in created:
        click.echo(f"created {name}")
    click.echo(f"{len(created)} topics created at {settings.kafka}, the others were there.")
