"""Books given for a consent to the newsletter, as an order that costs nothing."""

from .giving import Given, NotGiven, ask, confirm_and_give, magnet_of

__all__ = ["Given", "NotGiven", "ask", "confirm_and_give", "magnet_of"]
