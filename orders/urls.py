from django.urls import path

from orders.views import buy, cart, guests, orders, preorders, purchase
from orders.views.giving import gifts, give, redeem, seats
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
    path("cart/amount/", cart.cart_amount, name="cart_amount"),
    path("claim/", guests.keep_books, name="keep_books"),
    path("claim/<str:token>/", guests.order_claim, name="order_claim"),
    path("find/", guests.order_find, name="order_find"),
    path("give/", give.give, name="give"),
    path("reminders/end/<str:token>/", reminders.reminders_end, name="reminders_end"),
    path("history/", orders.order_list, name="order_list"),
    path("<uuid:pk>/", orders.order_detail, name="order_detail"),
    path("<uuid:pk>/take-back/", preorders.order_take_back, name="order_take_back"),
    path("<uuid:pk>/gift/address/", gifts.order_gift_address, name="order_gift_address"),
    path("<uuid:pk>/gift/letter/", gifts.order_gift_letter, name="order_gift_letter"),
    path("<uuid:pk>/gift/back/", gifts.order_gift_back, name="order_gift_back"),
    path("<uuid:pk>/cards/", seats.order_cards, name="order_cards"),
    path("<uuid:pk>/seats/", seats.order_seats, name="order_seats"),
    path("<uuid:pk>/seats/links.csv", seats.order_seats_csv, name="order_seats_csv"),
    path("<uuid:pk>/seats/link/", seats.order_class_link, name="order_class_link"),
    path("<uuid:pk>/seats/<int:number>/release/", seats.order_seat_release, name="order_seat_release"),
]

# /gifts/
gift_urlpatterns = [path("<str:code>/", redeem.gift_open, name="gift_open")]

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
