"""Files may be packed by zstd."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("files", "0002_walls")]
    operations = [
        migrations.AlterField(
            model_name="file",
            name="packing",
            field=models.CharField(
                choices=[
                    ("plain", "Plain"),
                    ("gzip", "Gzip"),
                    ("zip", "Zip"),
                    ("zstd", "Zstd"),
                ],
                max_length=8,
            ),
        ),
    ]
