"""The data we hold about a person, in one file for that person.

A model with personal data names the fields to export in `exported_fields`.
"""

from allauth.account.models import EmailAddress

from users.models import CustomUser

# For models that are not ours.
EXPORTED_FIELDS = {EmailAddress: ("email", "verified", "primary")}


def export(user):
    """Return the account and its rows in every model with exported fields, under the model's plural name."""
    account = CustomUser.objects.values(*CustomUser.exported_fields).get(pk=user.pk)
    return {"account": account} | {
        str(relation.related_model._meta.verbose_name_plural): _rows(relation, fields, user)
        for relation in user._meta.related_objects
        if (fields := _exported_fields(relation.related_model))
    }


def _exported_fields(model):
    return EXPORTED_FIELDS.get(model) or getattr(model, "exported_fields", None)


def _rows(relation, fields, user):
    return list(relation.related_model.objects.filter(**{relation.field.name: user}).values(*fields))
