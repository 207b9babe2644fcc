attach database ?1 as ?2
