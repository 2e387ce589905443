from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0032_line_of_chosen_amount"),
    ]

    operations = [
        migrations.AddField(
            model_name="reminder",
            name="sent_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
    ]
