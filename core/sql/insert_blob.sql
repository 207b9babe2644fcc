insert into blob (hash, codec, size, bytes) values (?1, ?2, ?3, ?4) on conflict (hash) do nothing
