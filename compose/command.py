"""The `footfall` command: one file per subcommand in `commands/`, imported when it is asked for.

Every error of Footfall ends here as plain sentences and exit code 1, without a traceback; anything
else is a bug and shows one.
"""

import logging
import os
import sys
from importlib import import_module
from typing import Any

import click

from compose.options import example
from compose.variables import refuse_unknown
from schemas.errors import FootfallError

SUBCOMMANDS = {
    "up": "Start everything on this machine and show its address.",
    "doctor": "Say what works here and what does not.",
    "query": "Ask the API for a site's numbers.",
    "layouts": "Check layout files; publish them.",
    "models": "Check detection models.",
    "topics": "Create the topics.",
    "schemas": "Write the messages' schemas; check them.",
    "simulate": "Write a simulated store to disk, with its truth.",
    "gateway": "Run a gateway: cameras to frames.",
    "serve": "Run the Detector and the API on Ray Serve.",
    "engine": "Run a worker of the site engine.",
    "views": "Run the view writer.",
}

PROCESSES = ("gateway", "serve", "engine", "views")
"""Those that run for ever, and log."""


class Subcommands(click.Group):
    """Subcommands by name: listed without being imported, so that `--help` is quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order a newcomer needs them."""
        del ctx
        return list(SUBCOMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The subcommand, imported now."""
        del ctx
        if cmd_name not in SUBCOMMANDS:
            return None
        command: click.Command = import_module(f"compose.commands.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list in `--help`."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(SUBCOMMANDS.items()))

    def invoke(self, ctx: click.Context) -> Any:
        """Run; an error of Footfall is for the person to read."""
        try:
            refuse_unknown(os.environ)
            return super().invoke(ctx)
        except FootfallError as error:
            for line in str(error).splitlines():
                is_quoted = line.startswith(" ")  # from a log
                click.echo(line if is_quoted else f"footfall: {line}", err=True)
            sys.exit(1)


@click.group(
    cls=Subcommands,
    epilog="Each command tells more with --help. Settings are options or FOOTFALL_* variables.\n\n"
    + example("footfall up", "footfall query sites"),
)
@click.version_option(package_name="footfall")
@click.pass_context
def main(ctx: click.Context) -> None:
    """Footfall turns the cameras of stores into numbers a store can act on."""
    if ctx.invoked_subcommand not in PROCESSES:
        # Clients log every address that does not answer yet; what matters comes as an error.
        logging.getLogger().addHandler(logging.NullHandler())


if __name__ == "__main__":
    main()
