insert into search_scope_block (block, stamp, data) values (?1, ?2, ?3) on conflict (block) do update set stamp = excluded.stamp, data = excluded.data;
