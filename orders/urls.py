from django.urls import path

from orders import views
from orders.webhook_views import stripe_webhook

urlpatterns = [
    path("", views.purchase, name="orders"),
    path("charge/", views.charge, name="charge"),
    path("session/", views.checkout_session, name="checkout_session"),
    path("return/", views.checkout_return, name="checkout_return"),
    path("webhook/", stripe_webhook, name="stripe_webhook"),
    path("history/", views.order_list, name="order_list"),
    path("<uuid:pk>/", views.order_detail, name="order_detail"),
]
