select position, reason from retold_skipped order by position;
