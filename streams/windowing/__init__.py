"""Event-time windows and what is counted over them. Pure: no clock, integer milliseconds only."""
