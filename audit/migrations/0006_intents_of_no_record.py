"""An outcome is looked for by its intent alone: an intent of no record gets one, too, not two."""

from django.db import migrations, models

LOOKED_FOR = """e.record = given_record AND e.kind = 'outcome'
               AND e.intent = given_intent"""
OUTCOME = """
CREATE OR REPLACE FUNCTION audit_outcome(
    given_integration text, given_flow text, given_record bigint, given_actor text,
    given_sentence text, given_data jsonb, given_intent bigint, told text,
    late_sentence text, late_told text
) RETURNS TABLE (new_id bigint, new_sequence bigint, new_at timestamptz, was text, new_hash text)
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(7310423);
    IF EXISTS (SELECT FROM audit_entry e WHERE LOOKED_FOR) THEN
        RETURN QUERY SELECT * FROM audit_append('system', given_integration, given_flow,
            given_record, given_actor, late_sentence, given_data, NULL, late_told);
    ELSE
        RETURN QUERY SELECT * FROM audit_append('outcome', given_integration, given_flow,
            given_record, given_actor, given_sentence, given_data, given_intent, told);
    END IF;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0005_indexes_of_lists")]

    operations = [
        migrations.RunSQL(
            OUTCOME.replace("LOOKED_FOR", "e.kind = 'outcome' AND e.intent = given_intent"),
            OUTCOME.replace("LOOKED_FOR", LOOKED_FOR),
        ),
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(
                condition=models.Q(("kind", "intent"), ("record", None)),
                fields=["at"],
                name="entry_intent_of_no_record",
            ),
        ),
    ]
