not exists (
        select 1 from json_each(:having) wanted
        where not exists (
            select 1 from json_each(json_object(/*lists*/), '$.' || (wanted.value ->> 0)) one
            where one.value = wanted.value ->> 1
        )
    )
