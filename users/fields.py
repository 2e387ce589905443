"""Model fields that apply a rule to every value, from forms and from programs."""

from django.db import models

from users.addresses import validate_one_spelling
from users.names import visible


class NameField(models.CharField):
    """A name or a title, without invisible characters."""

    def to_python(self, value):
        value = super().to_python(value)
        return visible(value) if isinstance(value, str) else value

    def get_prep_value(self, value):
        return self.to_python(super().get_prep_value(value))

    def deconstruct(self):
        """Describe it to migrations as a CharField, which it is to the database."""
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs


class AddressField(models.EmailField):
    """An e-mail address that is one mailbox's only spelling, whoever types it."""

    default_validators = [*models.EmailField.default_validators, validate_one_spelling]

    def deconstruct(self):
        """Describe it to migrations as what it is to the database."""
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.EmailField", args, kwargs
