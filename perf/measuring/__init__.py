"""How right the engine's numbers are: what people did in a simulated store, beside its finals.

`truth` asks the people, `found` the engine, `boxes` what the engine gets to see, `bars` what is
good enough.
"""
