-- The first use and the last one in a time, of a workspace or of all.
select
    (select used_at from usage_records
     where counts and used_at >= ?1 and used_at < ?2 and (?3 is null or workspace = ?3) order by used_at limit 1),
    (select used_at from usage_records
     where counts and used_at >= ?1 and used_at < ?2 and (?3 is null or workspace = ?3) order by used_at desc limit 1)
