-- Two steps, by way of numbers below zero: a unique place may not be taken twice even for a moment.
update chat_messages/*gen*/ set place = -1 - (place + ?3) where stream = ?1 and place >= ?2
