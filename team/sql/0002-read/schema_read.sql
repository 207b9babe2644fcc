-- What a reader's questions are asked of: the tables and columns of a store, but for texts, which PostgreSQL cannot unpack.
create schema retold_read authorization retold_owner
