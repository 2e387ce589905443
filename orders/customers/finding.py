"""Finds the customer for a session, and makes it at Stripe with the reader's first one."""

import logging
from datetime import timedelta
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from orders import stripe_gateway
from orders.models import Attempt, StripeCustomer
from orders.stripe_gateway.errors import Missing, NothingCharged, OutcomeUnknown
from users.models import CustomUser

logger = logging.getLogger(__name__)

# Stripe forgets idempotency keys after a day: under an older one it would make a second customer.
KEY_LIFETIME = timedelta(hours=23)


def customer_for(attempt: Attempt) -> str:
    """Return the id of the customer for whom the attempt's session is opened, "" to do without.

    The same for each of an attempt's requests. Asks Stripe, so call it outside any transaction; if Stripe
    fails, the session does without.
    """
    if attempt.stripe_customer_id is None:
        attempt.decide_customer(_find(attempt.order.user))
    return attempt.stripe_customer_id or ""


def forget_customer(customer_id: str) -> None:
    """Record that a customer was deleted in Stripe's dashboard: the reader's next session makes another."""
    for customer in StripeCustomer.objects.filter(stripe_customer_id=customer_id):
        logger.warning("Stripe no longer has customer %s.", customer_id)
        customer.begin_again()


def _find(reader: CustomUser) -> str:
    if not reader.address:
        return ""
    try:
        return _find_or_make(reader)
    except (NothingCharged, OutcomeUnknown) as failure:
        logger.warning("Reader %s buys without a customer: %r.", reader.pk, failure)
        return ""


def _find_or_make(reader: CustomUser) -> str:
    customer = _row_of(reader) or _add_row(reader)
    if customer is None or not customer.stripe_customer_id:
        return _make(reader, customer)
    try:
        _update_address(customer, reader.address)
    except Missing:
        customer.begin_again()
        return _find_or_make(reader)
    return customer.stripe_customer_id


def _row_of(reader: CustomUser) -> StripeCustomer | None:
    return StripeCustomer.objects.filter(user=reader.pk, livemode=settings.STRIPE_LIVE_MODE).first()


def _add_row(reader: CustomUser) -> StripeCustomer | None:
    """Return the reader's new row, or None if the account was erased in the meantime.

    With the account locked: an erasure either comes first and is seen, or finds the row.
    """
    with transaction.atomic():
        person = CustomUser.objects.select_for_update(no_key=True).get(pk=reader.pk)
        if person.is_erased:
            return None
        return _row_of(reader) or StripeCustomer.objects.create(
            user=reader, livemode=settings.STRIPE_LIVE_MODE, email=reader.address, asked_at=timezone.now()
        )


def _make(reader: CustomUser, customer: StripeCustomer | None) -> str:
    """Have Stripe make it: the same one in two tabs at once and after a lost answer, by its key."""
    if customer is not None and customer.asked_at is None:
        customer.ask(reader.address)
        customer = _row_of(reader)
    if customer is None or not _may_ask(customer):
        return ""
    customer_id = stripe_gateway.create_customer(email=customer.email, key=customer.idempotency_key)
    customer.name(customer_id)
    return customer_id


def _may_ask(customer: StripeCustomer) -> bool:
    """Tell whether Stripe still knows the key; if not, the worker looks for what it made (tidying)."""
    return customer.asked_at is not None and customer.asked_at > timezone.now() - KEY_LIFETIME


def _update_address(customer: StripeCustomer, email: str) -> None:
    """Tell Stripe the reader's address if it has changed; Checkout shows it and cannot change it."""
    if customer.email == email:
        return
    key = f"{customer.idempotency_key}-address-{uuid4().hex}"
    stripe_gateway.change_address(customer.stripe_customer_id, email=email, key=key)
    StripeCustomer.objects.filter(pk=customer.pk, user__isnull=False).update(email=email)
