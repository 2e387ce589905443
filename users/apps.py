from django.apps import AppConfig


class UsersConfig(AppConfig):
    name = "users"

    def ready(self):
        from users import security_log, sessions  # noqa: F401, PLC0415 (receivers, once the models are there)
