"""What buyers call the ways to pay; Stripe's own names are in https://docs.stripe.com/payments/payment-methods."""

from typing import Any

LABELS = {
    "acss_debit": "pre-authorised debit",
    "amazon_pay": "Amazon Pay",
    "apple_pay": "Apple Pay",
    "bacs_debit": "Bacs Direct Debit",
    "blik": "BLIK",
    "card": "card",
    "cashapp": "Cash App Pay",
    "eps": "EPS",
    "google_pay": "Google Pay",
    "ideal": "iDEAL",
    "mobilepay": "MobilePay",
    "p24": "Przelewy24",
    "paypal": "PayPal",
    "sepa_debit": "SEPA Direct Debit",
    "twint": "TWINT",
    "us_bank_account": "US bank account",
    "wechat_pay": "WeChat Pay",
}
BRANDS = {"amex": "American Express", "diners": "Diners Club", "jcb": "JCB", "unionpay": "UnionPay"}


def label(way: str) -> str:
    """Return what buyers call a way to pay, or a wallet."""
    return LABELS.get(way, _titled(way))


def paid_with(paid: Any) -> str:
    """Return what was paid with: "PayPal", "Visa ending in 4242", or with a wallet before it.

    By a charge, or by the payment method itself. Empty if it is not known but for its id.
    """
    details = getattr(paid, "payment_method_details", paid)
    if not hasattr(details, "type"):
        return ""
    card = getattr(details, "card", None) if details.type == "card" else None
    if card is None:
        return label(details.type)
    said = f"{BRANDS.get(card.brand, _titled(card.brand or 'card'))} ending in {card.last4}"
    return f"{label(card.wallet.type)}, {said}" if getattr(card, "wallet", None) else said


def _titled(name: str) -> str:
    return name.replace("_", " ").title()
