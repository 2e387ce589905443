import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0020_customers_at_stripe'),
    ]

    operations = [
        migrations.CreateModel(
            name='OrderSource',
            fields=[
                ('order', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='source', serialize=False, to='orders.order')),
                ('source', models.CharField(blank=True, max_length=60)),
                ('medium', models.CharField(blank=True, max_length=60)),
                ('campaign', models.CharField(blank=True, max_length=60)),
                ('term', models.CharField(blank=True, max_length=60)),
                ('content', models.CharField(blank=True, max_length=60)),
                ('referrer', models.CharField(blank=True, max_length=60)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'verbose_name': 'source of a sale',
                'verbose_name_plural': 'sources of sales',
                'ordering': ['-created_at', '-order'],
                'indexes': [models.Index(fields=['-created_at', '-order'], name='source_newest'), models.Index(fields=['source', '-created_at'], name='source_by_source'), models.Index(fields=['medium', '-created_at'], name='source_by_medium'), models.Index(fields=['campaign', '-created_at'], name='source_by_campaign'), models.Index(fields=['referrer', '-created_at'], name='source_by_referrer')],
            },
        ),
    ]
