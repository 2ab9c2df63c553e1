"""What people do, as numbers: sights of tracks in, records of windows out.

Pure: no clock, no I/O.
"""
