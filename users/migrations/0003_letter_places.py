from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('users', '0002_cache_table'),
    ]

    operations = [
        migrations.CreateModel(
            name='LetterPlace',
            fields=[
                ('name', models.CharField(max_length=64, primary_key=True, serialize=False)),
                ('free_at', models.DateTimeField(db_index=True)),
            ],
        ),
    ]
