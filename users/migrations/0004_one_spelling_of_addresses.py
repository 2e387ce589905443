"""Brings the addresses of accounts into the form of users/addresses.py.

Two accounts that have one mailbox between them are for a person to sort out: which of them keeps its books and orders
is not ours to decide. The migration then stops before it has changed anything, and the shop goes on as it was.
"""

from collections import defaultdict

from django.core.management import CommandError
from django.db import migrations

from users.addresses import normalised


def bring_into_one_form(apps, schema_editor):
    users = apps.get_model("users", "CustomUser").objects.using(schema_editor.connection.alias)
    addresses = apps.get_model("account", "EmailAddress").objects.using(schema_editor.connection.alias)
    stop_if_unclear(users, addresses)
    for user in users.exclude(email="").only("email").iterator():
        if user.email != (email := normalised(user.email)):
            users.filter(pk=user.pk).update(email=email)
    for address in addresses.order_by("-primary", "-verified", "pk"):
        if address.email == (email := normalised(address.email)):
            continue
        if addresses.filter(user_id=address.user_id, email=email).exists():
            # The same person has it in the other form already.
            address.delete()
        else:
            addresses.filter(pk=address.pk).update(email=email)


def stop_if_unclear(users, addresses):
    """Raise CommandError, one sentence for each kind, if people have to decide first."""
    owners = defaultdict(set)
    for pk, email in users.exclude(email="").values_list("pk", "email").iterator():
        owners[normalised(email)].add(pk)
    for pk, email in addresses.filter(verified=True).values_list("user_id", "email").iterator():
        owners[normalised(email)].add(pk)
    shared = sorted(sorted(pks) for pks in owners.values() if len(pks) > 1)
    unusable = sorted(
        pk for email, pks in owners.items() if not email.rpartition("@")[2].isascii() for pk in pks
    )
    sentences = []
    if shared:
        sentences.append(
            f"{len(shared)} mailboxes have more than one account, written with and without xn--: users "
            f"{'; '.join(' and '.join(map(str, pks)) for pks in shared)}. "
            "Change the address of all but one of each in the admin, then migrate again."
        )
    if unusable:
        sentences.append(
            f"{len(unusable)} accounts have an address to which no mail can be sent: users "
            f"{', '.join(map(str, unusable))}. Change it in the admin, then migrate again."
        )
    if sentences:
        raise CommandError(" ".join(sentences))


class Migration(migrations.Migration):

    dependencies = [
        ("account", "0009_emailaddress_unique_primary_email"),
        ("users", "0003_letter_places"),
    ]

    operations = [migrations.RunPython(bring_into_one_form, migrations.RunPython.noop)]
