-- projection: output_per_runtime
-- version: 1
-- about: what the agents of each runtime have written
create table output_per_runtime (
    runtime text    not null primary key,
    pieces  integer not null,
    bytes   integer not null
) strict;

-- :text_bytes is known without loading the text.
-- on: OutputAppended, OutputReplaced
insert into output_per_runtime values (coalesce(:runtime, 'unknown'), 1, coalesce(:text_bytes, 0))
on conflict do update set pieces = pieces + 1, bytes = bytes + excluded.bytes;
