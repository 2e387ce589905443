import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0019_agreed_to'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='attempt',
            name='stripe_customer_id',
            field=models.CharField(blank=True, editable=False, max_length=255, null=True),
        ),
        migrations.CreateModel(
            name='StripeCustomer',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('livemode', models.BooleanField()),
                ('stripe_customer_id', models.CharField(blank=True, max_length=255)),
                ('email', models.EmailField(blank=True, max_length=254)),
                ('number', models.PositiveSmallIntegerField(default=1)),
                ('asked_at', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='stripe_customers', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'customer at Stripe',
                'verbose_name_plural': 'customers at Stripe',
                'indexes': [models.Index(condition=models.Q(('stripe_customer_id', '')), fields=['asked_at'], name='stripe_customer_unanswered')],
                'constraints': [models.UniqueConstraint(fields=('user', 'livemode'), name='stripe_customer_one_per_reader')],
            },
        ),
    ]
