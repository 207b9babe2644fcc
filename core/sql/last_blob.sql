select coalesce(max(id), 0) from blob
