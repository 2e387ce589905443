"""What surrounds an order: the cart before it, its discount code, what its buyer agreed to, where they came
from, the link by which a guest claims it.
"""
