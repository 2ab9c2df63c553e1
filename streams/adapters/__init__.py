"""Where streams meet the world: Kafka, the view store, the clock."""
