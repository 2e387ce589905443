"""Consent to a newsletter: asked for, confirmed by its address, proved, and ended by one click.

The newsletter itself is sent by another program, which gets the addresses as a file.
"""
