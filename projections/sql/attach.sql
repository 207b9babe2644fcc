attach database ?1 as store
