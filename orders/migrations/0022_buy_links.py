import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('books', '0054_other_editions'),
        ('orders', '0021_sources_of_sales'),
    ]

    operations = [
        migrations.CreateModel(
            name='BuyLink',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.SlugField(help_text='Its address will be /buy/… with this word.', max_length=60, unique=True)),
                ('campaign', models.CharField(blank=True, help_text='What its sales are counted under. Without one that is the word of the address.', max_length=60)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('book', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='buy_links', to='books.book')),
                ('bundle', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='buy_links', to='books.bundle')),
            ],
            options={
                'ordering': ['slug'],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('book__isnull', True), ('bundle__isnull', False)), models.Q(('book__isnull', False), ('bundle__isnull', True)), _connector='OR'), name='buy_link_to_one_thing')],
            },
        ),
    ]
