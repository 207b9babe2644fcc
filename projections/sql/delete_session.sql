delete from sessions/*gen*/ where stream = ?1
