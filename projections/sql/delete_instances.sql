delete from instances/*gen*/ where stream = ?1
