update output_chunks/*gen*/ set instance = -1 - instance where stream = ?1 and instance < 0
