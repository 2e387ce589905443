"""The words by which a new edition is searched for places. Migration 0035 fills those of bookmarks.

The columns have defaults of their own, for the old code that runs during a deploy.
"""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('books', '0030_search_revises_catalogue'),
    ]

    operations = [
        migrations.AddField(
            model_name='bookmark',
            name='before',
            field=models.CharField(blank=True, db_default='', default='', max_length=100),
        ),
        migrations.AddField(
            model_name='bookmark',
            name='chapter_title',
            field=models.CharField(blank=True, db_default='', default='', max_length=300),
        ),
        migrations.AddField(
            model_name='bookmark',
            name='is_lost',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name='position',
            name='before',
            field=models.CharField(blank=True, db_default='', default='', max_length=100),
        ),
        migrations.AddField(
            model_name='position',
            name='chapter_title',
            field=models.CharField(blank=True, db_default='', default='', max_length=300),
        ),
        migrations.AddField(
            model_name='position',
            name='excerpt',
            field=models.CharField(blank=True, db_default='', default='', max_length=200),
        ),
        migrations.AddField(
            model_name='position',
            name='is_lost',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AlterField(
            model_name='bookmark',
            name='excerpt',
            field=models.CharField(blank=True, db_default='', default='', max_length=200),
        ),
    ]
