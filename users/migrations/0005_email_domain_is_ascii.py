from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('users', '0004_one_spelling_of_addresses'),
    ]

    operations = [
        migrations.AddConstraint(
            model_name='customuser',
            constraint=models.CheckConstraint(condition=models.Q(('email__regex', '@.*[^ -~]'), _negated=True), name='user_email_domain_is_ascii', violation_error_message='No mail can be sent to this domain.'),
        ),
    ]
