"""A page for each of the shop's, as Django's documentation would write it."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from benchmarks.floor.models import Book, Chapter, Line, Order

PER_PAGE = 24
IN_THE_WINDOW = 12
REVIEWS = 5


def home(request):
    books = Book.objects.select_related("author")[:IN_THE_WINDOW]
    return render(request, "floor/books.html", {"books": books})


def about(request):
    return render(request, "floor/about.html")


def book_list(request):
    books = Book.objects.select_related("author")
    if query := request.GET.get("q"):
        books = books.filter(title__icontains=query)
    return _page_of(request, books)


def book_detail(request, pk):
    book = get_object_or_404(Book.objects.select_related("author"), pk=pk)
    return render(request, "floor/book.html", {"book": book, "reviews": book.reviews.all()[:REVIEWS]})


def chapter(request, pk):
    return render(request, "floor/chapter.html", {"chapter": get_object_or_404(Chapter, book=pk)})


@login_required
def library(request):
    return _page_of(request, Book.objects.select_related("author").filter(lines__order__user=request.user))


@login_required
def order_list(request):
    page = Paginator(request.user.orders.prefetch_related("lines__book"), PER_PAGE).get_page(None)
    return render(request, "floor/orders.html", {"page": page})


@login_required
def order_detail(request, pk):
    order = get_object_or_404(request.user.orders.prefetch_related("lines__book__author"), pk=pk)
    return render(request, "floor/orders.html", {"page": [order]})


class BuyForm(forms.Form):
    book = forms.ModelChoiceField(Book.objects.all())


@login_required
@require_POST
@transaction.atomic
def buy(request):
    form = BuyForm(request.POST)
    if not form.is_valid():
        return HttpResponseBadRequest()
    book = form.cleaned_data["book"]
    order = Order.objects.create(user=request.user, amount=book.price)
    Line.objects.create(order=order, book=book)
    messages.success(request, "Thank you.")
    return redirect("order", order.pk)


def _page_of(request, books):
    page = Paginator(books, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "floor/books.html", {"books": page, "page": page})
