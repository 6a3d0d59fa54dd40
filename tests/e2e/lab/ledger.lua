-- sysbench's oltp_read_write with one more row per transaction, so that afterwards every
-- transaction that was reported committed can be counted on every server.
dofile("/usr/share/sysbench/oltp_read_write.lua")

local plain_begin = begin

function begin()
   plain_begin()
   con:query("INSERT INTO ledger (thread) VALUES (" .. sysbench.tid .. ")")
end
