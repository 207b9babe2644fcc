insert into sidecar (name, policy, paused) values (?1, ?2, 0)
on conflict (name) do update set policy = excluded.policy;
