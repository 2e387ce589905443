"""Cleans names and titles that were stored before users/names.py had its rule; for migrations."""

import logging

from django.db import IntegrityError, transaction

from users.names import visible

logger = logging.getLogger(__name__)

# The others hold nothing invisible.
NOT_PLAIN = "[^ -~]"


def clean(model, *columns, using):
    """Store these columns of a model without invisible characters.

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
