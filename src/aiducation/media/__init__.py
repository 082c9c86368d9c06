"""What comes in: photos, videos, devices, streams, samples. No ONNX Runtime, no results."""
