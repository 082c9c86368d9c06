"""How faces are found, judged and followed. No PyTorch, no Matplotlib."""
