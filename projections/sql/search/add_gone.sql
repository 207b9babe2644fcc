insert into search_gone (text, segment) values (?1, ?2) on conflict (text) do update set segment = excluded.segment;
