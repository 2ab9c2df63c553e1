"""The Detector: frames in, detections out, on Ray Serve."""
