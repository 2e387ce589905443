"""What the buyer of each order agreed to. The old code, during a deploy, writes orders without it."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0010_lists_by_index'),
    ]

    operations = [
        migrations.AddField(
            model_name='order',
            name='agreed_to',
            field=models.JSONField(db_default=models.Value([], models.JSONField()), default=list, editable=False),
        ),
    ]
