"""One sight of a track as the metrics count it."""

CountedSight = tuple[int, float, float, float]
"""Instant, foot point x and y in 0-1, box height as a share of the frame's."""
PathPoint = tuple[int, float, float]
"""Instant, foot point x and y in 0-1."""
