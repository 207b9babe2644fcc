insert into search_seam (position, before) values (?1, ?2);
