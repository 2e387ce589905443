"""What Stripe keeps about a reader for the next time.

Never found by their address: anybody can type any address at a checkout, and two customers may have the same.
"""

from datetime import datetime
from typing import Any

from .client import answers, client

PAGE = 100


def create_customer(*, email: str, key: str) -> str:
    """Create a customer, or find the one that was created under this idempotency key; return the id."""
    with answers():
        customer = client().v1.customers.create(
            {"email": email, "metadata": {"key": key}}, {"idempotency_key": key}
        )
    return customer.id


def find_customer(*, key: str, since: datetime, until: datetime) -> str:
    """Return the id of the customer that was created under this key between two moments, "" if none was."""
    created = {"gte": int(since.timestamp()), "lte": int(until.timestamp())}
    wanted: Any = {"created": created, "limit": PAGE}
    with answers():
        listed = client().v1.customers.list(wanted)
        for customer in listed.auto_paging_iter():
            if customer.metadata and "key" in customer.metadata and customer.metadata["key"] == key:
                return customer.id
    return ""


def change_address(customer_id: str, *, email: str, key: str) -> None:
    """Give a customer another address. Raises Missing if it was deleted in Stripe's dashboard."""
    with answers():
        client().v1.customers.update(customer_id, {"email": email}, {"idempotency_key": key})


def delete_customer(customer_id: str) -> None:
    """Delete a customer, with address and cards; payments stay. Raises Missing if it is gone already."""
    with answers():
        client().v1.customers.delete(customer_id)
