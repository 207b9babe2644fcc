-- The streams with an event that says that it corrects something (?1, its type). A scan of the log's headers, as that of all times is.
select distinct stream from event where type = ?1
