"""Shapes on an image and on a floor.

Pure: no clock, no I/O, and plain floats, so that bits never depend on others.
"""
