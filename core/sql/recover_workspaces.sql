insert into main.workspace (id, key) select id, key from damaged.workspace
