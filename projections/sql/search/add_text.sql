insert into search_text (rowid, text) values (?1, ?2);
