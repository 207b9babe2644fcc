insert or ignore into main.commit_key (key, first, last) select key, first, last from damaged.commit_key
