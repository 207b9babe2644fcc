revoke all on function retold.token_1, retold.before_1, retold.figures_1, retold.schema_1 from public;
grant execute on function retold.token_1, retold.before_1, retold.figures_1, retold.schema_1 to retold_server;
grant execute on function retold.figures_1, retold.schema_1 to retold_monitor
