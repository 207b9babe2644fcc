-- The words of each text, by the position of the event that brought it, and its marks. The text itself is in the log alone.
create virtual table search_text using fts5 (
    text, marks, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2'
);

-- A mark says nothing about how well a text fits.
insert into search_text (search_text, rank) values ('rank', 'bm25(1.0, 0.0)');
