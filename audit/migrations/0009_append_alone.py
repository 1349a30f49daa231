"""Appends that are a transaction of their own give their turn away before the disk has the line.

Who appends still gets its answer only when the disk has it. But the turn is over as soon as the
line is committed, so that the lines of many writers reach the disk together. What is written after
a line reaches the disk after it: no line that stands rests on one that is lost.

A message to nobody is the second transaction: its commit waits until the disk has all before it.
"""

from django.db import migrations

APPENDED = """
    INOUT new_id bigint, INOUT new_sequence bigint, INOUT new_at timestamptz, INOUT was text,
    INOUT new_hash text
"""
ALONE = """
CREATE PROCEDURE {name}_alone({given}, {appended}) LANGUAGE plpgsql AS $$
BEGIN
    SELECT done.* INTO new_id, new_sequence, new_at, was, new_hash FROM {name}({names}) AS done;
    PERFORM set_config('synchronous_commit', 'off', true);
    COMMIT;
    PERFORM pg_logical_emit_message(true, 'journal', '');
END $$;
"""
LINE = (
    "given_kind text, given_integration text, given_flow text, given_record bigint,"
    " given_actor text, given_sentence text, given_data jsonb, given_intent bigint, told text"
)
OUTCOME = (
    "given_integration text, given_flow text, given_record bigint, given_actor text,"
    " given_sentence text, given_data jsonb, given_intent bigint, told text,"
    " late_sentence text, late_told text"
)


def alone(name: str, given: str) -> migrations.RunSQL:
    names = ", ".join(one.split()[0] for one in given.split(","))
    body = ALONE.format(name=name, given=given, appended=APPENDED, names=names)
    return migrations.RunSQL(body, f"DROP PROCEDURE {name}_alone")


class Migration(migrations.Migration):
    dependencies = [("audit", "0008_package")]

    operations = [
        alone("audit_append", LINE),
        alone("audit_append_settled", LINE),
        alone("audit_outcome", OUTCOME),
    ]
