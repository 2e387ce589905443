"""Names and titles contain no invisible characters, wherever they come from.

A right-to-left override shows "gpj.exe" as "exe.jpg", and a zero-width character makes two names that look
the same differ. Invisible characters that shape their neighbours stay where they do so.
"""

import re

BREAKS = re.compile(r"[\t-\r\x1c-\x1f\x85\u2028\u2029]")
# The flag of Scotland is a black flag and six tag characters; elsewhere tags can hide whole messages.
FLAG = "\U0001f3f4[\U000e0030-\U000e007a]{1,6}\U000e007f"
# Controls, lone surrogates, non-characters, and Unicode's "default ignorable code points" except those below:
# soft hyphens, fillers, zero-width spaces, direction overrides.
INVISIBLE = re.compile(
    f"({FLAG})|"
    "[\x00-\x1f\x7f-\x9f\xad\u034f\u115f\u1160\u17b4\u17b5\u180e\u200b\u202a-\u202e\u2060-\u206f\u3164\ufdd0-\ufdef"
    "\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\ud800-\udfff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e00ff\U000e01f0-\U000e0fff]"
)
# Joiners combine letters in Persian or Hindi, and several emoji into one.
BEYOND_LATIN = "[^\x00-\u024f\\s\u200c\u200d]"
JOINERS = re.compile(f"(?<!{BEYOND_LATIN})[\u200c\u200d]|[\u200c\u200d](?!{BEYOND_LATIN})")
# Variation selectors choose a form of the character before them: an ideograph, a sign or an emoji.
SELECTORS = re.compile(
    "(?<![\u2200-\u22ff\u1000-\u109f\u3000-\u9fff\uf900-\ufaff\U00020000-\U0003ffff])[\ufe00-\ufe0d\U000e0100-\U000e01ef]"
    "|(?<![#*0-9\xa9\xae\u203c-\u3299\U0001f000-\U0001faff])[\ufe0e\ufe0f]"
)
RIGHT_TO_LEFT = re.compile(
    "[\u0590-\u061b\u061d-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
# Direction marks keep a full stop or "C++" on the right side within Hebrew or Arabic, and reverse nothing.
MARKS = "\u061c\u200e\u200f"
WITHOUT_MARKS = str.maketrans("", "", MARKS)


def visible(text: str) -> str:
    """Return a name or title without invisible characters; line breaks become spaces."""
    text = INVISIBLE.sub(lambda found: found[1] or "", BREAKS.sub(" ", text))
    text = text.strip(MARKS) if RIGHT_TO_LEFT.search(text) else text.translate(WITHOUT_MARKS)
    return SELECTORS.sub("", JOINERS.sub("", text))
