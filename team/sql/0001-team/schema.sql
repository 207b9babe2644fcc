create schema if not exists retold authorization retold_owner
