-- projection: agent_win_rate
-- version: 1
-- about: how often each agent took part, and how often it won
create table agent_wins (
    agent text    not null primary key,
    taken integer not null default 0,
    won   integer not null default 0
) strict;

create view agent_win_rate as
select agent, taken, won, round(100.0 * won / max(taken, 1), 1) as percent from agent_wins;

-- on: InstanceAdded
insert into agent_wins (agent, taken) values (:agent_name, 1)
on conflict do update set taken = taken + 1;

-- A choice that is taken back, or given to another, takes the win along.
-- on: WinnerSelected
update agent_wins set won = won - 1 where agent = :old_winner_name;
insert into agent_wins (agent, won) select :agent_name, 1 where :agent_name is not null
on conflict do update set won = won + 1;
