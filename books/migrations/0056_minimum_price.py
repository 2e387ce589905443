"""What buyers pay at least for a book of which they choose the price."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("books", "0055_moments")]

    operations = [
        migrations.AddField(
            model_name="book",
            name="minimum_price",
            field=models.PositiveIntegerField(
                blank=True,
                help_text="Buyers pay what they want from here on; 0 lets them pay nothing.",
                null=True,
            ),
        ),
    ]
