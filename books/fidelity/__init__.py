"""Imports many EPUBs into an empty shop, and counts which of their words do not arrive: `make fidelity`."""
