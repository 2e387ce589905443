"""What Stripe keeps about readers: made with their first session, deleted with their account.

A purchase never fails because of it: in a session without a customer, buyers type everything again.
"""

from .finding import customer_for, forget_customer
from .tidying import tidy

__all__ = ["customer_for", "forget_customer", "tidy"]
