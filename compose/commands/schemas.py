"""`footfall schemas`: the published contract, written anew or checked."""

from pathlib import Path

import click
import orjson

from compose.errors import ContractError
from compose.options import example
from schemas import contract

PUBLISHED = Path(contract.__file__).with_name("published")


@click.command(epilog=example("footfall schemas --check"))
@click.option(
    "--check", is_flag=True, help="Write nothing; fail where a file is not as it should be."
)
def command(check: bool) -> None:
    """Write the JSON Schema of every message and the AsyncAPI document from the types."""
    documents = {
        name: orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
        for name, document in contract.documents().items()
    }
    if check:
        _check(documents)
        return
    for name, content in documents.items():
        (PUBLISHED / name).write_bytes(content)
    click.echo(f"{len(documents)} documents are in {PUBLISHED}.")


def _check(documents: dict[str, bytes]) -> None:
    stale = [
        name
        for name, content in documents.items()
        if not (file := PUBLISHED / name).exists() or file.read_bytes() != content
    ]
    if stale:
        raise ContractError(
            f"{', '.join(stale)} in {PUBLISHED}: not what the types say; run `footfall schemas` "
            "and commit what it writes."
        )
    click.echo(f"{len(documents)} documents are as the types say.")
