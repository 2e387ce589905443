from django.urls import path

from books.views import catalogue, downloads, library, reader, reading, reviews, shelves, wishes
from books.views.marks import listing, marking
from books.views.offline import keeping
from books.views.search import inside, results, suggestions

# /books/
urlpatterns = [
    path("", shelves.book_list, name="book_list"),
    path("search/", results.search_results, name="search_results"),
    path("search/suggestions/", suggestions.search_suggestions, name="search_suggestions"),
    path("search/inside/", inside.search_inside, name="search_inside"),
    path("bundles/", catalogue.bundle_list, name="bundle_list"),
    path("bundles/<slug:slug>/", catalogue.bundle_detail, name="bundle_detail"),
    path("authors/<str:address>/", shelves.author_detail, name="author_detail"),
    path("subjects/<str:address>/", shelves.subject_detail, name="subject_detail"),
    path("series/<str:address>/", shelves.series_detail, name="series_detail"),
    path("<uuid:pk>/", catalogue.book_detail, name="book_detail"),
    path("<uuid:pk>/read/", reader.book_read_start, name="book_read_start"),
    path("<uuid:pk>/read/<int:number>/", reader.book_read, name="book_read"),
    path("<uuid:pk>/page/", reader.book_page, name="book_page"),
    path("<uuid:pk>/read/<int:number>/mark/<int:paragraph>/", marking.paragraph_mark, name="paragraph_mark"),
    path("<uuid:pk>/download/", downloads.book_download, name="book_download"),
    path("<uuid:pk>/download/pdf/", downloads.book_download_pdf, name="book_download_pdf"),
    path("<uuid:pk>/search/", inside.book_search, name="book_search"),
    path("<uuid:pk>/place/", reading.book_place, name="book_place"),
    path("<uuid:pk>/bookmarks/", marking.bookmark_add, name="bookmark_add"),
    path("<uuid:pk>/pictures/<str:name>", reader.book_picture, name="book_picture"),
    path("<uuid:pk>/offline.json", keeping.book_offline, name="book_offline"),
    path("<uuid:pk>/review/", reviews.book_review, name="book_review"),
    path("<uuid:pk>/review/delete/", reviews.book_review_delete, name="book_review_delete"),
    path("<uuid:pk>/reviews/<int:review>/report/", reviews.review_report, name="review_report"),
]

# /library/
library_urlpatterns = [
    path("", library.library, name="library"),
    path("bookmarks/", listing.bookmarks, name="bookmarks"),
    path("bookmarks/of/<uuid:pk>/<str:form>/", listing.bookmarks_export, name="bookmarks_export"),
    path("bookmarks/<uuid:pk>/", marking.bookmark_edit, name="bookmark_edit"),
    path("bookmarks/<uuid:pk>/delete/", marking.bookmark_delete, name="bookmark_delete"),
    path("bookmarks/<uuid:pk>/undo/", marking.bookmark_undo, name="bookmark_undo"),
    path("offline/", keeping.offline_books, name="offline_books"),
    path("offline/account/", keeping.offline_account, name="offline_account"),
    path("wishes/", wishes.wish_list, name="wish_list"),
    path("wishes/add/", wishes.wish_add, name="wish_add"),
    path("wishes/remove/", wishes.wish_remove, name="wish_remove"),
    path("preferences/", reading.reading_preferences, name="reading_preferences"),
]
