from django.urls import path

from users import views

urlpatterns = [
    path("", views.account_overview, name="account_overview"),
    path("export/", views.account_export, name="account_export"),
    path("erase/", views.account_erase, name="account_erase"),
    path("logout/", views.LogOutView.as_view(), name="account_logout"),
]
