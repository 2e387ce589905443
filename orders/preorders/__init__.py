"""Books that are sold before they open: letters when they do, and money back until then."""

from .announcing import announce
from .taking_back import NotTakenBack, lines_to_take_back, opens_as_a_whole, take_back

__all__ = ["NotTakenBack", "announce", "lines_to_take_back", "opens_as_a_whole", "take_back"]
