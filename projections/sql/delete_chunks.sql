delete from output_chunks/*gen*/ where stream = ?1 and instance = ?2
