from django.urls import path

from orders.views import buy, cart, guests, orders, preorders, purchase
from orders.views.letters import newsletter, reminders
from orders.views.webhook import stripe_webhook

# /orders/
urlpatterns = [
    path("", purchase.purchase, name="orders"),
    path("charge/", purchase.charge, name="charge"),
    path("session/", purchase.checkout_session, name="checkout_session"),
    path("return/", purchase.checkout_return, name="checkout_return"),
    path("webhook/", stripe_webhook, name="stripe_webhook"),
    path("cart/", cart.cart, name="cart"),
    path("cart/add/", cart.cart_add, name="cart_add"),
    path("cart/remove/", cart.cart_remove, name="cart_remove"),
    path("claim/", guests.keep_books, name="keep_books"),
    path("claim/<str:token>/", guests.order_claim, name="order_claim"),
    path("find/", guests.order_find, name="order_find"),
    path("reminders/end/<str:token>/", reminders.reminders_end, name="reminders_end"),
    path("history/", orders.order_list, name="order_list"),
    path("<uuid:pk>/", orders.order_detail, name="order_detail"),
    path("<uuid:pk>/take-back/", preorders.order_take_back, name="order_take_back"),
]

# /buy/
buy_urlpatterns = [
    path("button.js", buy.buy_button, name="buy_button"),
    path("<slug:slug>/", buy.buy, name="buy"),
]

# /newsletter/
magnet_urlpatterns = [
    path("<slug:slug>/", newsletter.newsletter, name="newsletter"),
    path("confirm/<str:token>/", newsletter.newsletter_confirm, name="newsletter_confirm"),
]
