-- Dictionaries that are on their way out: while one stands here, bodies packed with it may be packed anew.
create table repack (
    dictionary integer primary key
) strict;
