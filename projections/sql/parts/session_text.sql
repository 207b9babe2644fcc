(
        s.task like :text escape '\'
        or s.id like :text escape '\'
        or exists (
            select 1 from instances i where i.stream = s.stream and i.agent_name like :text escape '\'
        )
    )
