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

create table ops.restore (
    restore_id bigint generated always as identity primary key,
    restored_at timestamptz not null default clock_timestamp(),
    by_whom text not null,
    file_name text not null,
    sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
    taken_at timestamptz not null,
    journal_until timestamptz,
    done_again jsonb not null default '{}'
);
comment on table ops.restore is 'Every time this house was made from a backup: which one, the moment it shows, and what was decided after that moment and done again.';
comment on column ops.restore.journal_until is 'How far the journal beside the backups told; null when the restore was made without one.';
comment on column ops.restore.done_again is 'How many erasures, decisions about persons and withdrawals were carried out again, and how many delivered versions were entered again.';
