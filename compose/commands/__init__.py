"""One subcommand of `footfall` per file; the module `NAME` holds it as `command`."""
