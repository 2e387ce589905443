"""Books that are sold before they open: letters when they do, and money back until then."""

from .announcing import announce
from .taking_back import NotTakenBack, amounts_to_take_back, opens_as_a_whole, take_back

__all__ = ["NotTakenBack", "amounts_to_take_back", "announce", "opens_as_a_whole", "take_back"]
