"""A write's outcome, and a line of a record that has nothing open, as one statement each.

An outcome is looked for under the journal's lock: whoever settles a doubt may come at the same
moment. What a record has open is its worker's own, who alone has it in hand.
"""

from django.db import migrations

OUTCOME = """
CREATE FUNCTION audit_outcome(
    given_integration text, given_flow text, given_record bigint, given_actor text,
    given_sentence text, given_data jsonb, given_intent bigint, told text,
    late_sentence text, late_told text
) RETURNS TABLE (new_id bigint, new_sequence bigint, new_at timestamptz, was text, new_hash text)
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(7310423);
    IF EXISTS (SELECT FROM audit_entry e WHERE e.record = given_record AND e.kind = 'outcome'
               AND e.intent = given_intent) THEN
        RETURN QUERY SELECT * FROM audit_append('system', given_integration, given_flow,
            given_record, given_actor, late_sentence, given_data, NULL, late_told);
    ELSE
        RETURN QUERY SELECT * FROM audit_append('outcome', given_integration, given_flow,
            given_record, given_actor, given_sentence, given_data, given_intent, told);
    END IF;
END $$;
"""
SETTLED = """
CREATE FUNCTION audit_append_settled(
    given_kind text, given_integration text, given_flow text, given_record bigint,
    given_actor text, given_sentence text, given_data jsonb, given_intent bigint, told text
) RETURNS TABLE (new_id bigint, new_sequence bigint, new_at timestamptz, was text, new_hash text)
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    -- no row where an intent of this record is still open: it gets its outcome first
    IF EXISTS (SELECT FROM audit_entry i WHERE i.record = given_record AND i.kind = 'intent'
               AND NOT EXISTS (SELECT FROM audit_entry o WHERE o.record = given_record
                               AND o.kind = 'outcome' AND o.intent = i.sequence)) THEN
        RETURN;
    END IF;
    RETURN QUERY SELECT * FROM audit_append(given_kind, given_integration, given_flow,
        given_record, given_actor, given_sentence, given_data, given_intent, told);
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_append")]

    operations = [
        migrations.RunSQL(OUTCOME, "DROP FUNCTION audit_outcome"),
        migrations.RunSQL(SETTLED, "DROP FUNCTION audit_append_settled"),
    ]
