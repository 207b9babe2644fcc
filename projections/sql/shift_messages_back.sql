update chat_messages/*gen*/ set place = -1 - place where stream = ?1 and place < 0
