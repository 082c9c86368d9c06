"""Models and their training. The only package that knows PyTorch."""
