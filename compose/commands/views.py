"""`footfall views`: finals in, rows of the view store out."""

import click

from compose.options import example, given, settings_options
from streams.settings import ViewSettings


@click.command(
    epilog=example(
        "FOOTFALL_DATABASE_URL=postgresql+psycopg://me:secret@db/footfall footfall views"
    )
)
@settings_options(ViewSettings)
def command(**options: object) -> None:
    """Run the view writer: finals go into PostgreSQL, from where the API answers.

    The database comes from FOOTFALL_DATABASE_URL: it holds a password, so it is no option.
    """
    from streams.app import run_views

    run_views(given(ViewSettings, options))
