"""Names and titles contain no invisible characters, wherever they come from.

A right-to-left override shows "gpj.exe" as "exe.jpg", and a zero-width character makes two names that look
the same differ. Invisible characters that shape their neighbours stay where they do so.
"""

import re
import unicodedata
from functools import cache

# Shown as blank: line breaks, and the braille cell without dots.
BREAKS = re.compile(r"[\t-\r\x1c-\x1f\x85\u2028\u2029\u2800]")
# The flags of England, Scotland and Wales are a black flag and six tags, the only regions that have one;
# elsewhere tags hide whole messages.
TAGS = str.maketrans({letter: chr(0xE0000 + ord(letter)) for letter in "abcdefghijklmnopqrstuvwxyz"})
REGIONS = "|".join(name.translate(TAGS) for name in ("gbeng", "gbsct", "gbwls"))
FLAG = f"\U0001f3f4(?:{REGIONS})\U000e007f"
# Controls (those of hieroglyphs and shorthand too), surrogates, non-characters, fillers, and Unicode's
# "default ignorable code points" except those below: soft hyphens, zero-width spaces, overrides.
INVISIBLE = re.compile(
    f"({FLAG})|"
    "[\x00-\x1f\x7f-\x9f\xad\u034f\u115f\u1160\u17b4\u17b5\u180e\u200b\u202a-\u202e\u2060-\u206f\u3164\ufdd0-\ufdef"
    "\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\ud800-\udfff\U00013430-\U0001343f\U00016fe4\U0001bca0-\U0001bca3"
    "\U0001d159\U0001d173-\U0001d17a\U000e0000-\U000e00ff\U000e01f0-\U000e0fff]"
)
MONGOLIAN = (0x1820, 0x18AA)
# Scripts in which letters join, and those of India and Cambodia, where a joiner changes the shape of its
# neighbours. Between other letters it changes nothing, and makes a second name that looks the same.
JOINING = (
    MONGOLIAN,
    (0x0620, 0x077F),
    (0x07CA, 0x07FA),
    (0x0840, 0x0DFF),
    (0x1780, 0x17D3),
    (0xA8E0, 0xA8FF),
)
# Signs that are joined into one emoji, such as a family or a heart on fire. Before the joiner, a sign may be
# followed by what modifies it.
PICTURES = "\u2190-\u21ff\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff"
# Shown as text or as a picture, depending on the selector after it (Unicode's emoji-variation-sequences).
TWOFOLD = (
    "\xa9\xae\u203c\u2049\u2122\u2139\u2194-\u2199\u21a9\u21aa\u231a\u231b\u2328\u23cf\u23e9-\u23f3\u23f8-\u23fa"
    "\u24c2\u25aa\u25ab\u25b6\u25c0\u25fb-\u25fe\u2600-\u2604\u260e\u2611\u2614\u2615\u2618\u261d\u2620\u2622"
    "\u2623\u2626\u262a\u262e\u262f\u2638-\u263a\u2640\u2642\u2648-\u2653\u265f\u2660\u2663\u2665\u2666\u2668"
    "\u267b\u267e\u267f\u2692-\u2697\u2699\u269b\u269c\u26a0\u26a1\u26a7\u26aa\u26ab\u26b0\u26b1\u26bd\u26be"
    "\u26c4\u26c5\u26c8\u26cf\u26d1\u26d3\u26d4\u26e9\u26ea\u26f0-\u26f5\u26f7-\u26fa\u26fd\u2702\u2708\u2709"
    "\u270c\u270d\u270f\u2712\u2714\u2716\u271d\u2721\u2733\u2734\u2744\u2747\u2753\u2757\u2763\u2764\u27a1"
    "\u2934\u2935\u2b05-\u2b07\u2b1b\u2b1c\u2b50\u2b55\u3030\u303d\u3297\u3299\U0001f004\U0001f170-\U0001f23a"
    "\U0001f30d-\U0001f579\U0001f587-\U0001f5fa\U0001f610\U0001f687-\U0001f6f3"
)
IDEOGRAPHS = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
RIGHT_TO_LEFT = re.compile(
    "[\u0590-\u061b\u061d-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
# Direction marks keep a full stop or "C++" on the right side within Hebrew or Arabic, and reverse nothing.
MARKS = "\u061c\u200e\u200f"
WITHOUT_MARKS = str.maketrans("", "", MARKS)
# At either end of a name, direction marks have no effect, and blanks cannot be seen.
ENDS = MARKS + "".join(filter(str.isspace, map(chr, range(0x3001))))


def visible(text: str) -> str:
    """Return a name or title without invisible characters; empty if nothing can be seen."""
    text = INVISIBLE.sub(lambda found: found[1] or "", BREAKS.sub(" ", text))
    text = _joiners().sub("", _selectors().sub("", text))
    return (text if RIGHT_TO_LEFT.search(text) else text.translate(WITHOUT_MARKS)).strip(ENDS)


# Put together when a name is first saved: most processes save none soon, and all would start later.
@cache
def _joiners() -> re.Pattern[str]:
    """Return the pattern of joiners between characters that they do not join."""
    joining = _letters(*JOINING)
    return re.compile(
        f"(?<![{joining}])\u200c|\u200c(?![{joining}])"
        f"|(?<![{joining}{PICTURES}\ufe0f\U000e007f])\u200d|\u200d(?![{joining}{PICTURES}])"
        f"|(?<=[{joining}])\u200d(?![{joining}])|(?<![{joining}])\u200d(?=[{joining}])"
    )


@cache
def _selectors() -> re.Pattern[str]:
    """Return the pattern of selectors after characters that have only one form.

    A selector chooses among the forms of the character before it: of an ideograph in a name, a Mongolian or
    Burmese letter, a mathematical sign, an emoji, or the digit of a keycap.
    """
    return re.compile(
        f"(?<![{IDEOGRAPHS}])[\ufe01\ufe02\U000e0100-\U000e01ef]"
        f"|(?<![{IDEOGRAPHS}\u2200-\u22ff\u1000-\u109f])\ufe00"
        f"|[\ufe03-\ufe0d]|(?<![{_letters(MONGOLIAN)}])[\u180b-\u180d\u180f]"
        f"|(?<![{TWOFOLD}])\ufe0e|(?<![{TWOFOLD}#*0-9])\ufe0f|(?<=[#*0-9])\ufe0f(?!\u20e3)"
    )


def _letters(*ranges: tuple[int, int]) -> str:
    """Return the letters and combining marks in these ranges of Unicode, for a character class.

    As ranges again: a class of thousands of single letters takes long to compile.
    """
    codes = (code for first, last in ranges for code in range(first, last + 1))
    letters = {code for code in codes if unicodedata.category(chr(code))[0] in "LM"}
    firsts, lasts = (sorted(code for code in letters if code + step not in letters) for step in (-1, 1))
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in zip(firsts, lasts, strict=True))
