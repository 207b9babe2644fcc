insert into search_document (position, stream, what, role, agent) values (?1, ?2, ?3, ?4, ?5);
