"""Numbers from predictions: scores, intervals, comparisons. Needs no PyTorch."""
