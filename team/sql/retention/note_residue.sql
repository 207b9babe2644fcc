-- Notes of tables that something left them which may be redacted yet.
select retold.note_residue($1::bigint, $2::integer, $3::text[], array_fill(0::bigint, array[cardinality($3::text[])]),
    array_fill(1::bigint, array[cardinality($3::text[])]))
