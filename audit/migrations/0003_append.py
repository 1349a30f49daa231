"""The journal's append as one statement: a function of the database.

Each statement inside sees what was committed before it began (the function is volatile and the
isolation is READ COMMITTED), so that the last line is read after the lock was waited for.
"""

from django.db import migrations

MOMENT = """
CREATE FUNCTION audit_moment(at timestamptz) RETURNS text LANGUAGE sql STABLE AS $$
    -- as Python writes it: no fraction where there is none
    SELECT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS')
        || CASE WHEN extract(microseconds FROM at)::bigint % 1000000 = 0 THEN ''
           ELSE '.' || to_char(at AT TIME ZONE 'UTC', 'US') END || '+00:00'
$$;
"""
APPEND = """
CREATE FUNCTION audit_append(
    given_kind text, given_integration text, given_flow text, given_record bigint,
    given_actor text, given_sentence text, given_data jsonb, given_intent bigint, told text
) RETURNS TABLE (new_id bigint, new_sequence bigint, new_at timestamptz, was text, new_hash text)
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(7310423);
    SELECT e.sequence, e.hash INTO new_sequence, was
        FROM audit_entry e ORDER BY e.sequence DESC LIMIT 1;
    new_sequence := coalesce(new_sequence, 0) + 1;
    was := coalesce(was, repeat('0', 64));
    new_at := clock_timestamp();
    new_hash := encode(sha256(convert_to(
        '[' || new_sequence || ',"' || audit_moment(new_at) || '",' || told || ',"' || was || '"]', 'UTF8'
    )), 'hex');
    INSERT INTO audit_entry (sequence, at, kind, integration, flow, record, actor, sentence, data,
                             intent, previous, hash)
        VALUES (new_sequence, new_at, given_kind, given_integration, given_flow, given_record,
                given_actor, given_sentence, given_data, given_intent, was, new_hash)
        RETURNING id INTO new_id;
    -- only from the line before: a gap at the end stays visible for ever
    UPDATE audit_head SET sequence = new_sequence, hash = new_hash WHERE id = 1 AND hash = was;
    IF NOT FOUND AND new_sequence = 1 AND NOT EXISTS (SELECT FROM audit_head) THEN
        INSERT INTO audit_head (id, sequence, hash) VALUES (1, new_sequence, new_hash);
    END IF;
    RETURN NEXT;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_run_lines")]

    operations = [
        migrations.RunSQL(MOMENT, "DROP FUNCTION audit_moment"),
        migrations.RunSQL(APPEND, "DROP FUNCTION audit_append"),
    ]
