-- What going down would lose: what is known of bodies that only an archive has, and events of types that no earlier
-- schema knows.
select (select count(*) from pruned) + (select count(*) from event where type in (20, 21));
