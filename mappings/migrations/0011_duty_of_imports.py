import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("connections", "0009_duty"),
        ("mappings", "0010_validity"),
    ]

    operations = [
        migrations.AddField(
            model_name="fileimport",
            name="duty",
            field=models.ForeignKey(
                help_text="in which its user acted; none: in his usual roles",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="connections.duty",
            ),
        ),
    ]
