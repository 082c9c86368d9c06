"""Figures and pages. The only package that knows Matplotlib and Jinja."""
