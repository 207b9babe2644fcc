-- The instances that a choice of a winner archives, and the winner where it is one of them.
select place from instances where stream = ?1 and status <> 'archived' order by place
