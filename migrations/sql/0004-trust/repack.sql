-- Dictionaries that are on their way out, or gone. Bodies packed with one may be packed anew; its number is never used again.
create table repack (
    dictionary integer primary key
) strict;
