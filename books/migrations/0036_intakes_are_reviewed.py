"""What staff decide about an upload: whether it is an edition, which facts it brings, that its faults are known."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('books', '0035_bookmarks_words_filled'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='intake',
            name='accepted_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='intake',
            name='accepted_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='intake',
            name='author_names',
            field=models.JSONField(blank=True, default=list, null=True),
        ),
        migrations.AddField(
            model_name='intake',
            name='facts',
            field=models.JSONField(blank=True, default=dict, null=True),
        ),
        migrations.AddField(
            model_name='intake',
            name='largest_sample',
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='intake',
            name='likeness',
            field=models.CharField(blank=True, choices=[('', 'There is no such book'), ('known', 'Known'), ('alike', 'Alike'), ('contradicted', 'Contradicted')], db_default='', default='', max_length=12),
        ),
        migrations.AddField(
            model_name='intake',
            name='said_edition',
            field=models.BooleanField(blank=True, null=True),
        ),
        migrations.CreateModel(
            name='LockedField',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=40)),
                ('book', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='locked_fields', to='books.book')),
            ],
            options={
                'default_permissions': (),
                'constraints': [models.UniqueConstraint(fields=('book', 'name'), name='locked_field_once_per_book')],
            },
        ),
    ]
