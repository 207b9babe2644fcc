-- Blobs before and after compression.
select 'before compression', count(*), coalesce(sum(size), 0) from blob
union all
select 'stored', count(*), coalesce(sum(length(bytes)), 0) from blob
