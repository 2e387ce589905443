"""What a new page begins with: a text of ours, with a gap wherever only the shop knows what to say."""

import re
from pathlib import Path

from pages.models import Beginning, ShopSettings

FOLDER = Path(__file__).resolve().parent / "beginnings"
# What a gap looks like in our texts: [your name].
GAP = re.compile(r"\[your\b[^\]]*\]")


def text_of(beginning: str, shop: ShopSettings) -> str:
    """Return the text for a new page, with what the shop's settings know filled in."""
    if beginning == Beginning.BLANK:
        return ""
    known = {
        "[your name]": shop.seller_name,
        "[your postal address]": ", ".join(shop.postal_address.splitlines()),
        "[your register numbers]": "\\\n".join(shop.register_numbers.splitlines()),
        "[your e-mail address]": shop.contact,
        "[your number of refund days]": str(shop.refund_days or ""),
    }
    text = (FOLDER / f"{beginning}.md").read_text(encoding="utf-8")
    return GAP.sub(lambda gap: known.get(gap[0]) or gap[0], text)
