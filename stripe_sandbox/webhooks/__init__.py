"""Events on their way to the shop: signed, posted, tried again."""
