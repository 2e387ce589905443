"""Guests, who bought without an account.

SQLite changes the table by copying it, which loses its triggers, whoever made them: they are made again.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def remember_triggers(apps, schema_editor):
    schema_editor.triggers = []
    if schema_editor.connection.vendor == "sqlite":
        with schema_editor.connection.cursor() as cursor:
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'users_customuser'")
            schema_editor.triggers = cursor.fetchall()


def make_triggers_again(apps, schema_editor):
    for name, statement in schema_editor.triggers:
        schema_editor.execute(f'DROP TRIGGER IF EXISTS "{name}"', params=None)
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
        ('users', '0007_names_hold_nothing_invisible'),
    ]

    operations = [
        migrations.RunPython(remember_triggers, make_triggers_again),
        migrations.AddField(
            model_name='customuser',
            name='is_guest',
            field=models.BooleanField(db_default=False, default=False, editable=False, verbose_name='guest'),
        ),
        migrations.AddField(
            model_name='customuser',
            name='moved_to',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='customuser',
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(('is_guest', False), ('moved_to', None), models.Q(('email__endswith', '@guest.invalid'), _negated=True)),
                    models.Q(('email__endswith', '@guest.invalid'), ('is_guest', True), ('is_staff', False), ('is_superuser', False)),
                    _connector='OR',
                ),
                name='user_guest_has_no_address',
                violation_error_message='Guests, and only they, have no e-mail address and no staff rights.',
            ),
        ),
        migrations.RunPython(make_triggers_again, remember_triggers),
    ]
