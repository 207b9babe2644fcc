detach database ?1
