-- What each role may do, by least privilege. Rights on databases are given where the databases are made, rights on
-- tables that a role will make are given by that role (default privileges).

-- loader: takes deliveries in. Makes the tables of landing and raw from the feeds.
grant usage on schema vault, ops to loader;
grant usage, create on schema landing, raw to loader;
grant select, insert, update, delete on vault.person, vault.cpr to loader;
grant select on vault.tombstone to loader;
grant select, insert, update, references on ops.delivery to loader;
grant select, insert, delete on ops.quarantined_row, ops.validation to loader;

-- transformer: builds and publishes.
grant usage on schema raw, ops to transformer;
grant usage, create on schema work, bi, extracts to transformer;
grant select on ops.delivery to transformer;
grant select, insert, update on ops.build to transformer;
grant select, insert, delete on ops.build_figure, ops.change to transformer;

-- Readers of what is published, of what is delivered, and of how the house runs.
grant usage on schema bi to bi_reader, steward;
grant usage on schema extracts to delivery;
grant usage on schema ops to operator, steward;
grant select on all tables in schema ops to operator;
grant select on ops.delivery, ops.quarantined_row, ops.validation to steward;
alter default privileges in schema ops grant select on tables to operator;
