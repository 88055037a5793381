-- What reads what in the dbt project of a build, so that a figure can be followed back to what was delivered.
create table ops.project_graph (
    code_version text primary key,
    graph jsonb not null,
    kept_at timestamptz not null default now()
);
comment on table ops.project_graph is 'The models, seeds and sources of the dbt project by code_version of ops.build, and what each of them reads.';
grant select, insert on ops.project_graph to transformer;
