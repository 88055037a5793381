-- Backups: what was copied when, where to, and what was counted, so that a restore can be compared with it.

create table ops.backup (
    backup_id bigint generated always as identity primary key,
    begun_at timestamptz not null default clock_timestamp(),
    finished_at timestamptz,
    checked_at timestamptz,
    by_whom text not null,
    file_name text,
    bytes bigint check (bytes >= 0),
    sha256 text check (sha256 ~ '^[0-9a-f]{64}$'),
    recipient text,
    counts jsonb not null default '{}',
    error text,
    constraint a_finished_backup_has_a_file
        check (finished_at is null or (file_name is not null and bytes is not null and sha256 is not null)),
    constraint what_was_checked_was_finished check (checked_at is null or finished_at is not null)
);
comment on table ops.backup is 'One row per backup. Without finished_at it was cut off or failed (error); checked_at: when it was last opened again and compared with counts.';
comment on column ops.backup.recipient is 'The public key that the backup is encrypted to; whoever holds its other half can restore.';
comment on column ops.backup.counts is 'Rows by table and files by folder as they went into the backup.';
