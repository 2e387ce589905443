from django.urls import path

from orders import views

urlpatterns = [
    path("", views.purchase, name="orders"),
    path("charge/", views.charge, name="charge"),
    path("history/", views.order_list, name="order_list"),
    path("<uuid:pk>/", views.order_detail, name="order_detail"),
]
