"""What two processes must agree on: ids, units, messages, topics, layout, tables. No I/O here."""
