select w.key, k.path from workspace as w left join workspaces as k on k.workspace = w.id
where w.key >= ?1 and w.key < ?2 order by w.key limit ?3
