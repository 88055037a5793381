-- Who may see whom: the areas of scoped roles, and what the row policies of `bi` ask (warehouse/rights.py writes them).

-- No function is anybody's by default: whoever needs one is granted it.
alter default privileges revoke execute on functions from public;

-- What PostgreSQL lets everybody do is taken from everybody where the owner may do that (our own server): write
-- functions, which could raise log lines or hide work; hold the locks by which builds and deliveries wait for each other;
-- keep large objects, which no table right forbids.
do $$
declare
    builtin regprocedure;
begin
    if (select pg_has_role(current_user, lanowner, 'usage') from pg_language where lanname = 'plpgsql') then
        revoke usage on language plpgsql from public;
        for builtin in
            select oid
            from pg_proc
            where
                pronamespace = 'pg_catalog'::regnamespace
                and (proname ~ '^pg_(try_)?advisory_' or proname in ('lo_creat', 'lo_create', 'lo_from_bytea'))
        loop
            execute format('revoke execute on function %s from public', builtin);
            if builtin::text !~ '^lo_' then
                execute format('grant execute on function %s to loader, transformer, delivery, operator', builtin);
            end if;
        end loop;
    end if;
end
$$;

grant usage on schema bi to casework, bi_scoped;

create table ops.role_scope (
    scope_id bigint generated always as identity primary key,
    role_name text not null,
    kommune_code text check (kommune_code ~ '^[0-9]{3}$'),
    jobcenter_code text check (jobcenter_code <> ''),
    purpose text not null check (purpose <> ''),
    given_at timestamptz not null default clock_timestamp(),
    given_by text not null,
    ended_at timestamptz,
    ended_by text,
    constraint an_area_is_a_kommune_or_a_jobcentre check (num_nonnulls(kommune_code, jobcenter_code) = 1),
    constraint an_end_says_by_whom check ((ended_at is null) = (ended_by is null))
);
create unique index one_area_once on ops.role_scope (role_name, kommune_code, jobcenter_code)
nulls not distinct where ended_at is null;
comment on table ops.role_scope is 'The areas that scoped roles see: one row per login and kommune or jobcentre. Ended rows stay, so that it can be told who could see what on a day.';
comment on column ops.role_scope.role_name is 'The login, as session_user has it; it is a member of bi_scoped.';
comment on column ops.role_scope.kommune_code is 'Three digits: everything of this kommune and of its jobcentres.';
comment on column ops.role_scope.jobcenter_code is 'The jobcentre''s id in the web registrations (bi.dim_jobcenter.kilde_jobcenter_id): what is registered in this jobcentre.';
comment on column ops.role_scope.purpose is 'Why the login reads; what its reads are logged with unless its session says another purpose.';

-- What the session's login may see. The login is session_user, which neither `set role` nor a function changes. The
-- owner of this schema reads the tables of `bi` for them and is granted those it needs by each publish.
create function ops.scope_kommuner() returns text []
language sql stable parallel safe security definer set search_path = pg_catalog, pg_temp
as $$
    select coalesce(array_agg(kommune_code), '{}')
    from ops.role_scope
    where role_name = session_user::text and ended_at is null and kommune_code is not null
$$;

create function ops.scope_jobcentre() returns bigint []
language plpgsql stable parallel safe security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        select coalesce(array_agg(j.jobcenter_key), '{}')
        from bi.dim_jobcenter as j
        where
            j.kommune_code = any(ops.scope_kommuner())
            or j.kilde_jobcenter_id in (
                select s.jobcenter_code
                from ops.role_scope as s
                where s.role_name = session_user::text and s.ended_at is null
            )
    );
end
$$;

create function ops.scope_forloeb() returns setof bigint
language plpgsql stable parallel safe rows 10000 security definer set search_path = pg_catalog, pg_temp
as $$
declare
    kommuner constant text [] := ops.scope_kommuner();
    jobcentre constant bigint [] := ops.scope_jobcentre();
begin
    return query
        select f.forloeb_key
        from bi.fct_mentorforloeb as f
        where f.kommune_code = any(kommuner) or f.jobcenter_key = any(jobcentre);
end
$$;

create function ops.scope_borgere() returns setof bigint
language plpgsql stable parallel safe rows 10000 security definer set search_path = pg_catalog, pg_temp
as $$
declare
    kommuner constant text [] := ops.scope_kommuner();
    jobcentre constant bigint [] := ops.scope_jobcentre();
begin
    return query
        select b.person_key
        from bi.bridge_borger_omraade as b
        where b.kommune_code = any(kommuner) or b.jobcenter_key = any(jobcentre);
end
$$;

-- Companies and providers are seen by whoever sees a forløb that they have to do with.
create function ops.scope_virksomheder() returns setof bigint
language plpgsql stable parallel safe rows 1000 security definer set search_path = pg_catalog, pg_temp
as $$
declare
    jobcentre constant bigint [] := ops.scope_jobcentre();
begin
    return query
        select t.virksomhed_key
        from bi.bridge_forloeb_virksomhed as t
        where t.forloeb_key in (select ops.scope_forloeb())
        union
        select e.virksomhed_key
        from bi.fct_begivenhed as e
        where e.virksomhed_key is not null and e.jobcenter_key = any(jobcentre);
end
$$;

create function ops.scope_leverandoerer() returns setof bigint
language plpgsql stable parallel safe rows 100 security definer set search_path = pg_catalog, pg_temp
as $$
declare
    kommuner constant text [] := ops.scope_kommuner();
begin
    return query
        select distinct f.leverandoer_key
        from bi.fct_mentorforloeb as f
        where f.leverandoer_key is not null and f.kommune_code = any(kommuner);
end
$$;

-- Called by the policies: once for a statement and relation, and once for a row of a person-level compliance list.
create function ops.note_read(relation text) returns boolean
language sql volatile security definer set search_path = pg_catalog, pg_temp
as 'select true';

create function ops.note_person(relation text, person_key bigint) returns boolean
language sql volatile security definer set search_path = pg_catalog, pg_temp
as 'select true';

grant execute on function
ops.scope_kommuner(), ops.scope_jobcentre(), ops.scope_forloeb(), ops.scope_borgere(), ops.scope_virksomheder(),
ops.scope_leverandoerer()
to bi_scoped;
grant execute on function ops.note_read(text) to bi_reader, bi_scoped, casework, steward;
grant execute on function ops.note_person(text, bigint) to casework;
