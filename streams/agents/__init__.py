"""Faust, thin: what is read, in which order it is written, when it is acknowledged."""
