from django.urls import path

from books import views

urlpatterns = [
    path("", views.book_list, name="book_list"),
    path("search/", views.search_results, name="search_results"),
    path("<uuid:pk>/", views.book_detail, name="book_detail"),
    path("<uuid:pk>/read/<int:number>/", views.book_read, name="book_read"),
]
