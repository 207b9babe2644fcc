insert into repack (dictionary) values (?1) on conflict do nothing
