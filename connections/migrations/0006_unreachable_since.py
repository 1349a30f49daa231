from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("connections", "0005_paced_polls"),
    ]

    operations = [
        migrations.AddField(
            model_name="connection",
            name="unreachable_since",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
    ]
