select first, last from commit_key where key = ?1
