insert into retold_skipped (position, reason) values (?1, ?2) on conflict (position) do nothing;
