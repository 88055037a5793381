-- What an operator sees: alerts and who was told, when the house was last looked after, and who did what.

create table ops.alert (
    alert_id bigint generated always as identity primary key,
    kind text not null,
    subject text not null,
    line text not null,
    severity text not null check (severity in ('error', 'warning')),
    runbook text not null,
    raised_at timestamptz not null default clock_timestamp(),
    cleared_at timestamptz,
    seen_at timestamptz,
    seen_by text,
    seen_note text,
    constraint whoever_saw_to_it_says_how
        check ((seen_at is null) = (seen_by is null) and (seen_at is null) = (seen_note is null))
);
create unique index one_alert_at_a_time on ops.alert (kind, subject) where cleared_at is null;
comment on table ops.alert is 'What somebody had to be told: one row from the moment a state began (raised_at) to the moment it was over (cleared_at). Kinds and runbooks: docs/alerts.md. No personal value.';
comment on column ops.alert.seen_at is 'When a person said that it is seen to, where only a person can know; it is open no more, and is not raised again while the same state lasts.';

create table ops.alert_told (
    alert_id bigint not null references ops.alert,
    news text not null check (news in ('raised', 'cleared')),
    channel text not null check (channel in ('log', 'mail', 'webhook')),
    told_at timestamptz,
    tries integer not null default 0 check (tries >= 0),
    tried_at timestamptz,
    error text,
    primary key (alert_id, news, channel)
);
create index alerts_to_tell on ops.alert_told (alert_id) where told_at is null;
comment on table ops.alert_told is 'By which channel each alert was told, when it began and when it was over. Without told_at it is tried again, with growing pauses.';

-- What is told of an extract is told by ops.alert, from its beginning to its end.
alter table ops.receipt drop column alerted_at;
comment on table ops.extract_event is 'What happened to an extract, in order, never changed: planned, built, released, every attempt to send, every answer.';

create table ops.house_look (
    looker text primary key check (looker in ('housekeeping', 'command')),
    looked_at timestamptz not null
);
comment on table ops.house_look is 'When the house was last looked over for alerts: by its own housekeeping, and by `mentor-dw alerts --look`.';

create table ops.lineage_told (
    way text not null check (way in ('file', 'http')),
    what text not null check (what in ('delivery', 'build', 'publish', 'extract')),
    number bigint not null,
    told_at timestamptz not null default clock_timestamp(),
    primary key (way, what, number)
);
comment on table ops.lineage_told is 'The runs that were told as OpenLineage events: number is that of the delivery, the build or the event of an extract.';

create table ops.action (
    action_id bigint generated always as identity primary key,
    at timestamptz not null default clock_timestamp(),
    by_whom text not null,
    command text not null,
    arguments jsonb not null default '{}'
);
comment on table ops.action is 'Every command that changes something, when it began. Rows are added, never changed.';
comment on column ops.action.by_whom is 'The user of the machine who ran it.';
comment on column ops.action.arguments is 'The options that were given; values only of those that name no person, such as the number of a delivery.';

create table ops.action_end (
    action_id bigint primary key references ops.action,
    at timestamptz not null default clock_timestamp(),
    outcome text not null check (outcome in ('done', 'refused', 'failed', 'stopped'))
);
comment on table ops.action_end is 'How a command ended. One without a row here was killed, or still runs. Rows are added, never changed.';

grant select, insert on ops.alert to loader;
grant update (line, cleared_at, seen_at, seen_by, seen_note) on ops.alert to loader;
grant select, insert on ops.alert_told to loader;
grant update (told_at, tries, tried_at, error) on ops.alert_told to loader;
grant select, insert, update on ops.house_look to loader;
grant select, insert on ops.lineage_told to loader;
-- Added to, and nothing else: not even the server's clock is the writer's to set.
grant insert (by_whom, command, arguments), select on ops.action to loader;
grant insert (action_id, outcome), select on ops.action_end to loader;

-- Who did what, from every ledger that says so. No person of a register is named: what was decided about one is told by
-- the number of the decision.
create view ops.audit as
select
    a.at,
    a.by_whom,
    'command ' || a.command as deed,
    null as subject,
    a.arguments::text as detail,
    coalesce(e.outcome, 'no end known') as outcome
from ops.action as a
left join ops.action_end as e on a.action_id = e.action_id
union all
select
    accepted_at,
    override_by,
    'took in a refused delivery',
    'delivery ' || delivery_id,
    override_reason,
    status
from ops.delivery
where override_by is not null
union all
select
    withdrawn_at,
    coalesce(substring(reason from '\(([^()]*)\)$'), 'unknown'),
    'withdrew a delivery',
    'delivery ' || delivery_id,
    reason,
    status
from ops.delivery
where withdrawn_at is not null
union all
select
    v.at,
    v.by_whom,
    'extract ' || v.event,
    concat_ws(' ', x.name, x.period, 'no.', x.version),
    null,
    null
from ops.extract_event as v
inner join ops.extract as x on v.extract_id = x.extract_id
union all
select
    started_at,
    by_whom,
    'erased a person',
    'erasure ' || erasure_id,
    decision,
    status
from ops.erasure
union all
select
    decided_at,
    by_whom,
    'entered ' || kind,
    'restriction ' || restriction_id,
    decision,
    null
from ops.person_restriction
union all
select
    lifted_at,
    lifted_by,
    'lifted ' || kind,
    'restriction ' || restriction_id,
    lifted_decision,
    null
from ops.person_restriction
where lifted_at is not null
union all
select
    decided_at,
    by_whom,
    'linked two numbers of a person',
    'link ' || link_id,
    decision,
    null
from ops.person_link
union all
select
    undone_at,
    undone_by,
    'undid a link',
    'link ' || link_id,
    undone_decision,
    null
from ops.person_link
where undone_at is not null
union all
select
    made_at,
    by_whom,
    'answered a request for access',
    'answer ' || report_id,
    decision,
    null
from ops.subject_report
union all
select
    begun_at,
    by_whom,
    'rotated a key',
    concat_ws(' ', kind, name),
    decision,
    case when finished_at is null then 'not finished' else 'done' end
from ops.key_rotation
union all
select
    given_at,
    given_by,
    'gave a login an area',
    role_name,
    concat_ws(' ', 'kommune ' || kommune_code, 'jobcenter ' || jobcenter_code, purpose),
    null
from ops.role_scope
union all
select
    ended_at,
    ended_by,
    'took an area from a login',
    role_name,
    concat_ws(' ', 'kommune ' || kommune_code, 'jobcenter ' || jobcenter_code),
    null
from ops.role_scope
where ended_at is not null
union all
select
    drawn_at,
    drawn_by,
    'drew a read to be looked at',
    'read ' || access_id,
    null,
    null
from ops.access_check
union all
select
    answered_at,
    answered_by,
    'looked at a read',
    'read ' || access_id,
    note,
    case when ok then 'well' else 'not well' end
from ops.access_check
where answered_at is not null
union all
select
    seen_at,
    seen_by,
    'saw to an alert',
    concat_ws(' ', 'alert', alert_id, kind),
    seen_note,
    null
from ops.alert
where seen_at is not null
union all
select
    begun_at,
    by_whom,
    'made a backup',
    'backup ' || backup_id,
    null,
    case when finished_at is not null then 'done' else coalesce(error, 'not finished') end
from ops.backup
union all
select
    started_at,
    'airflow',
    'built the warehouse',
    'build ' || build_id,
    scope,
    status
from ops.build
union all
select
    published_at,
    'airflow',
    'published a build',
    'build ' || build_id,
    null,
    null
from ops.build
where published_at is not null
union all
select
    done_at,
    'housekeeping',
    'let go of what is past its days',
    'night ' || night,
    null,
    null
from ops.night_work
union all
select
    applied_at,
    'installer',
    'changed the schema',
    file_name,
    null,
    null
from ops.schema_version;
comment on view ops.audit is 'Who did what when, from every ledger that names somebody; `mentor-dw audit` adds what was done on the Airflow page.';
