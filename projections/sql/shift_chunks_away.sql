update output_chunks/*gen*/ set instance = -1 - (instance + ?3) where stream = ?1 and instance >= ?2
