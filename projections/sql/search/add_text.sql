insert into search_text (rowid, text, marks) values (?1, ?2, ?3);
