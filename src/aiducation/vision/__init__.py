"""From photos, recordings and cameras to apparent states. No PyTorch, no Matplotlib."""
