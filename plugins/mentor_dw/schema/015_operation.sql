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
-- Added to, and nothing else: not even the server's clock is the writer's to set.
grant insert (by_whom, command, arguments), select on ops.action to loader;
grant insert (action_id, outcome), select on ops.action_end to loader;
