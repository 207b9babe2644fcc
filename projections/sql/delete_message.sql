delete from chat_messages/*gen*/ where stream = ?1 and place = ?2
