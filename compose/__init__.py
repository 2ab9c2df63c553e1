"""How Footfall is put together and run: the `footfall` command and the local stack."""
