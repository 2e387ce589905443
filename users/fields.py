"""Model fields that apply a rule to every value: from forms, from programs, and stored before the rule."""

import logging

from django.db import IntegrityError, models, transaction

from users.addresses import validate_one_spelling
from users.names import visible

logger = logging.getLogger(__name__)

# The others hold nothing invisible.
NOT_PLAIN = "[^ -~]"


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


def clean(model, *columns, using):
    """Store these columns of a model without invisible characters; for migrations.

    A row stays as it is if nothing of its name could be seen, or if another row has that name: the log says
    which, by key, because only people can tell whether two authors of one name are one.
    """
    for column in columns:
        rows = model.objects.using(using).filter(**{f"{column}__regex": NOT_PLAIN}).order_by()
        unclean = [(pk, name) for pk, name in rows.values_list("pk", column) if visible(name) != name]
        left = [str(pk) for pk, name in unclean if not _store(model, pk, column, visible(name), using)]
        if left:
            logger.warning(
                "%s: %s keeps invisible characters in %s.", model._meta.label, column, ", ".join(left)
            )


def _store(model, pk, column, name, using):
    """Return whether the name could be stored."""
    if not name and not model._meta.get_field(column).blank:
        return False
    try:
        with transaction.atomic(using=using):
            model.objects.using(using).filter(pk=pk).update(**{column: name})
    except IntegrityError:
        return False
    return True
