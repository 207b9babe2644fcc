-- Whether bytes are UTF-8, NUL among them, which a text of PostgreSQL cannot hold.
create function retold.is_text(b bytea) returns boolean immutable language plpgsql set search_path = pg_catalog as $$
begin
    -- Written out, a backslash is two and NUL is \000: the one pass is over both, so that neither is taken for a part of the other.
    perform convert_from(decode(regexp_replace(encode(b, 'escape'), '(\\\\)|\\000', '\1', 'g'), 'escape'), 'UTF8');
    return true;
exception when character_not_in_repertoire or untranslatable_character then
    return false;
end $$
