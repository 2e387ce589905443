from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "orders"

    def ready(self):
        from orders.checks import deployment  # noqa: F401, PLC0415 (registers them, once the apps are there)
