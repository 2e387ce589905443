from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("books", "0038_position_version")]

    operations = [
        migrations.AddField(
            model_name="preferences",
            name="alignment",
            field=models.CharField(
                choices=[("start", "Ragged"), ("justify", "Justified")],
                db_default="start",
                default="start",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="preferences",
            name="hyphens",
            field=models.CharField(
                choices=[("on", "On"), ("off", "Off")],
                db_default="on",
                default="on",
                max_length=10,
                verbose_name="hyphenation",
            ),
        ),
        migrations.AddField(
            model_name="preferences",
            name="layout",
            field=models.CharField(
                choices=[("scrolled", "Scrolled"), ("paged", "Pages")],
                db_default="scrolled",
                default="scrolled",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="preferences",
            name="line_spacing",
            field=models.CharField(
                choices=[("tight", "Tight"), ("medium", "Medium"), ("loose", "Loose")],
                db_default="medium",
                default="medium",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="preferences",
            name="look",
            field=models.CharField(
                choices=[("publisher", "Publisher’s"), ("plain", "Plain")],
                db_default="publisher",
                default="publisher",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="preferences",
            name="margins",
            field=models.CharField(
                choices=[("narrow", "Narrow"), ("medium", "Medium"), ("wide", "Wide")],
                db_default="medium",
                default="medium",
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="preferences",
            name="colours",
            field=models.CharField(
                choices=[
                    ("auto", "Auto"),
                    ("light", "Light"),
                    ("sepia", "Sepia"),
                    ("dark", "Dark"),
                    ("black", "Black"),
                ],
                default="auto",
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="preferences",
            name="typeface",
            field=models.CharField(
                choices=[
                    ("serif", "Serif"),
                    ("sans", "Sans serif"),
                    ("crimson", "Crimson"),
                    ("lora", "Lora"),
                    ("bitter", "Bitter"),
                    ("atkinson", "Atkinson Hyperlegible"),
                    ("lexend", "Lexend (for dyslexia)"),
                ],
                default="serif",
                max_length=10,
            ),
        ),
    ]
