insert into main.blob (id, hash, codec, size, bytes) select id, hash, codec, size, bytes from damaged.blob
