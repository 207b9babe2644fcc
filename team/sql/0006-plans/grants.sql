revoke all on function retold.copies_of from public
