delete from output_chunks/*gen*/ where stream = ?1
