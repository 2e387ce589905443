from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("books", "0060_preorders"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="grant",
            name="grant_once_per_order_and_bundle",
        ),
        migrations.RemoveConstraint(
            model_name="grant",
            name="grant_once_per_order_bundle_and_book",
        ),
        migrations.RemoveConstraint(
            model_name="grant",
            name="grant_once_per_order_and_book",
        ),
        migrations.AddConstraint(
            model_name="grant",
            constraint=models.UniqueConstraint(
                condition=models.Q(("book__isnull", True)),
                fields=("user", "order_id", "bundle"),
                name="grant_once_per_reader_order_and_bundle",
            ),
        ),
        migrations.AddConstraint(
            model_name="grant",
            constraint=models.UniqueConstraint(
                condition=models.Q(("bundle__isnull", False)),
                fields=("user", "order_id", "bundle", "book"),
                name="grant_once_per_reader_order_bundle_and_book",
            ),
        ),
        migrations.AddConstraint(
            model_name="grant",
            constraint=models.UniqueConstraint(
                condition=models.Q(("bundle__isnull", True)),
                fields=("user", "order_id", "book"),
                name="grant_once_per_reader_order_and_book",
            ),
        ),
    ]
