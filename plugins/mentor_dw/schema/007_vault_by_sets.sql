-- Every number in the vault has its person: what the foreign key said, seen to once a statement instead of once a row.
-- Registers of millions come by COPY, and more than half of its time went into looking at one row after the other.
--
-- As under the foreign key, somebody who gives numbers and somebody who removes persons at the same moment must not
-- overlook each other. Both take a lock until they end (landing/vault.py names it), those who give numbers side by
-- side, those who remove persons alone, and only then look at the tables as they are now. A transaction that keeps
-- looking at an older moment cannot do that, so it may not write here.
--
-- The checks run as the owner, as those of a foreign key do, whatever the writer may read. They say no values.

alter table vault.cpr drop constraint cpr_person_key_fkey;

create function vault.refuse_numbers_of_nobody() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
-- Index look-ups, one for each row: the plan is kept for the session, and its first batch meets small tables.
set enable_hashjoin = off
set enable_mergejoin = off
set enable_seqscan = off
as $$
begin
    if current_setting('transaction_isolation') <> 'read committed' then
        raise invalid_transaction_state using message = 'the vault is written in read committed transactions only';
    end if;
    perform pg_advisory_xact_lock_shared(1836515329, 3);
    if exists (
        select from written
        where not exists (select from vault.person where person.person_key = written.person_key)
    ) then
        raise foreign_key_violation using
            message = 'a number in vault.cpr must have its person in vault.person',
            schema = 'vault', table = 'cpr', constraint = 'every_number_has_its_person';
    end if;
    return null;
end
$$;
comment on function vault.refuse_numbers_of_nobody is 'After numbers were written to vault.cpr: each has its person.';

create function vault.refuse_to_leave_numbers() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set enable_hashjoin = off
set enable_mergejoin = off
set enable_seqscan = off
as $$
declare
    some_are_left boolean;
begin
    if current_setting('transaction_isolation') <> 'read committed' then
        raise invalid_transaction_state using message = 'the vault is written in read committed transactions only';
    end if;
    perform pg_advisory_xact_lock(1836515329, 3);
    if tg_op = 'TRUNCATE' then
        some_are_left := exists (select from vault.cpr);
    else
        some_are_left := exists (
            select from gone
            where
                exists (select from vault.cpr where cpr.person_key = gone.person_key)
                -- An update may have left the key as it was.
                and not exists (select from vault.person where person.person_key = gone.person_key)
        );
    end if;
    if some_are_left then
        raise foreign_key_violation using
            message = 'a person may leave vault.person only after the numbers in vault.cpr',
            schema = 'vault', table = 'person', constraint = 'every_number_has_its_person';
    end if;
    return null;
end
$$;
comment on function vault.refuse_to_leave_numbers is 'After persons left vault.person: no number is theirs.';

revoke execute on function vault.refuse_numbers_of_nobody, vault.refuse_to_leave_numbers from public;

create trigger numbers_given after insert on vault.cpr
referencing new table as written
for each statement execute function vault.refuse_numbers_of_nobody();

create trigger numbers_changed after update on vault.cpr
referencing new table as written
for each statement execute function vault.refuse_numbers_of_nobody();

create trigger persons_removed after delete on vault.person
referencing old table as gone
for each statement execute function vault.refuse_to_leave_numbers();

create trigger persons_changed after update on vault.person
referencing old table as gone
for each statement execute function vault.refuse_to_leave_numbers();

create trigger persons_emptied after truncate on vault.person
for each statement execute function vault.refuse_to_leave_numbers();
