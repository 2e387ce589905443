"""From an offer to a paid order in three separate steps: claim, call, settle.

The claim is committed before Stripe is asked, the call is made outside every transaction, and settling is a
transaction of its own. If the process dies in between, the claim remains, and orders.payments.catch_up asks
Stripe how it ended.
"""

from .purchases import Purchase
from .session import open_session
from .token import buy_with_token

__all__ = ["Purchase", "buy_with_token", "open_session"]
