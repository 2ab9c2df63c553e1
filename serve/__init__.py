"""Everything that runs on Ray Serve: the Detector, the API and its page."""
