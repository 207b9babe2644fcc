delete from chat_messages/*gen*/ where stream = ?1
