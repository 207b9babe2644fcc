select w.key, k.path from workspace as w left join workspaces as k on k.workspace = w.id order by w.key limit ?1
