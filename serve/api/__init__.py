"""The query API: the view store and the `live` topic, as JSON over HTTP."""
