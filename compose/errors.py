"""Errors of putting Footfall together and running it; each is for the person at the terminal.

FootfallError
└── ComposeError              one or more plain sentences: what is wrong and what to do
    ├── DownloadError         a program of the local stack cannot be had, or is not the one expected
    ├── PreflightError        something that a start needs is not so; carries every problem
    ├── StartError            a process did not become healthy; names its log
    ├── QueryError            the API could not be asked, or refused
    └── ContractError         a published schema is not what the types say
"""

from collections.abc import Sequence

from schemas.errors import FootfallError


class ComposeError(FootfallError):
    """One or more plain sentences: what is wrong and what to do."""


class DownloadError(ComposeError):
    """A program of the local stack cannot be had, or is not the one expected."""


class PreflightError(ComposeError):
    """Something that a start needs is not so; `problems` lists every one found."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class StartError(ComposeError):
    """A process did not become healthy; names its log."""


class QueryError(ComposeError):
    """The API could not be asked, or refused."""


class ContractError(ComposeError):
    """A published schema is not what the types say."""
