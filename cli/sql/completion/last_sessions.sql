select id, substr(task, 1, 200) from sessions where relation is not 'subagent' order by updated_instant desc limit ?1
