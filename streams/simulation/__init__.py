"""The simulated store: people on a floor plan, cameras, pixels, and the truth about them.

Pure and seeded: everything is a function of (site, seed, event time); no clock, no files. The
truth comes from the people's own states, never from the engine's rules.
"""
