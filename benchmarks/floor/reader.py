"""Runs inside the floor: adds a reader who has bought every book."""

import json

from django.contrib.auth.models import User
from django.test import Client

from benchmarks.floor.models import Book, Line, Order

# Of one book each; one more order has the others.
ORDERS = 24


def add_reader() -> None:
    """Add the reader; print their session key, and the id of one of their orders, as JSON."""
    reader = User.objects.create_user("reader", "reader@example.com")
    books = list(Book.objects.all())
    orders = Order.objects.bulk_create(Order(user=reader, amount=900) for _ in range(ORDERS + 1))
    Line.objects.bulk_create(
        Line(order=orders[min(number, ORDERS)], book=book) for number, book in enumerate(books)
    )
    # The large one is the oldest, so that it is not among those on the first page of the history.
    Order.objects.filter(pk=orders[ORDERS].pk).update(created_at="2020-01-01T00:00:00Z")
    client = Client()
    client.force_login(reader)
    print(json.dumps({"session": client.session.session_key, "order": orders[0].pk}))
