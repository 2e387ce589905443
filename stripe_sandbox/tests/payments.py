"""Parameters that many tests send."""

NO_REDIRECTS = {"enabled": True, "allow_redirects": "never"}


def card(number="4242424242424242", **changes):
    """A valid card, except for the changes."""
    return {"number": number, "exp_month": 12, "exp_year": 2040, "cvc": "123", **changes}


def charge(source="tok_visa", **more):
    """A charge of $39."""
    return {"amount": 3900, "currency": "usd", "source": source, **more}


def intent(**more):
    """A PaymentIntent of $39 for cards."""
    return {"amount": 3900, "currency": "usd", "automatic_payment_methods": NO_REDIRECTS, **more}


def paid_by(payment_method, **more):
    """A PaymentIntent of $39 that is confirmed right away."""
    return intent(payment_method=payment_method, confirm=True, **more)


def session(ui_mode="hosted_page", **more):
    """A Checkout Session for one item of $39."""
    back = "http://127.0.0.1:8000/return/?session_id={CHECKOUT_SESSION_ID}"
    product = {"currency": "usd", "unit_amount": 3900, "product_data": {"name": "All Books"}}
    return {
        "mode": "payment",
        "ui_mode": ui_mode,
        "success_url" if ui_mode == "hosted_page" else "return_url": back,
        "line_items": [{"price_data": product, "quantity": 1}],
        **more,
    }
