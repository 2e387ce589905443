import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("orders", "0010_lists_by_index"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        migrations.AlterModelOptions(name="orderline", options={"ordering": ["pk"]}),
        migrations.AddField(
            model_name="orderline", name="item", field=models.CharField(db_default="", max_length=100)
        ),
        migrations.AddField(
            model_name="orderline",
            name="reader",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="order_lines",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="orderline", name="is_open", field=models.BooleanField(db_default=False)
        ),
    ]
