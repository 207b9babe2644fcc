insert into main.repack (dictionary) select dictionary from damaged.repack
