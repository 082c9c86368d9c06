"""Figures and pages of data and studies. The only package that knows Matplotlib."""
