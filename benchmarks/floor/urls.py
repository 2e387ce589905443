from django.urls import path

from benchmarks.floor import views

urlpatterns = [
    path("", views.home),
    path("about/", views.about),
    path("books/", views.book_list),
    path("books/<uuid:pk>/", views.book_detail, name="book"),
    path("books/<uuid:pk>/read/", views.chapter),
    path("library/", views.library),
    path("orders/", views.order_list),
    path("orders/<int:pk>/", views.order_detail, name="order"),
    path("buy/", views.buy),
]
