"""What copies for others cost: each its list price, whatever the buyer has paid for before."""

from books.models import Prices, Product
from books.money import LARGEST_CHARGE

from .offers import NotForSale, Offer


def offer_for_others(product: Product | None, copies: int, nonce: str, prices: Prices) -> Offer:
    """Return so many copies of a product at what they cost now, for the form of this number.

    In the currency of these prices, or else the base currency. Raises NotForSale, also if they cost nothing,
    or more than Stripe takes in one payment.
    """
    if product is None or not product.is_offered:
        raise NotForSale(product.reference if product else "")
    prices.look_up([product.pk])
    price = prices.price_of(product)
    amount = price.amount * copies if price else 0
    if price is None or not 0 < amount <= LARGEST_CHARGE:
        raise NotForSale(product.reference)
    reduction = price.reduction
    if reduction is not None and copies > 1:
        # What one copy cost before the sale says nothing beside the amount for all of them.
        reduction = reduction._replace(off=reduction.off * copies, was=None)
    return Offer(
        product,
        amount,
        price.currency,
        instead_of="" if price.currency == prices.currency else prices.currency,
        reduction=reduction,
        least=prices.least_for(price.currency),
        copies=copies,
        nonce=nonce,
    )
