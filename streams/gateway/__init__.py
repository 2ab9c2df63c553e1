"""Camera gateway: from cameras, files and the simulated store to the topic `frames`."""
