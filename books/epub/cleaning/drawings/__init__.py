"""Drawings (SVG): copied from an allow-list, so that they can be shown as pictures in which nothing runs."""
