from django.urls import path

from users import views

urlpatterns = [
    path("", views.account_overview, name="account_overview"),
    path("logout/", views.LogOutView.as_view(), name="account_logout"),
]
