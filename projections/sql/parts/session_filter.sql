(:created_from is null or s.created_instant >= :created_from)
    and (:created_before is null or s.created_instant < :created_before)
    and (:updated_from is null or s.updated_instant >= :updated_from)
    and (:updated_before is null or s.updated_instant < :updated_before)
    and (
        :text is null
        or s.task like :text escape '\'
        or s.id like :text escape '\'
        or exists (
            select 1 from instances i where i.stream = s.stream and i.agent_name like :text escape '\'
        )
    )
