revoke all on function retold.stream_sizes_1 from public;
grant execute on function retold.stream_sizes_1 to retold_reader, retold_server, retold_worker
