-- Keys: which ones the vault is filled with, every rotation, and what the house has signed. No key stands here.

create table vault.key_in_use (
    kind text primary key check (kind in ('lookup', 'seal')),
    key_id text not null,
    since timestamptz not null default clock_timestamp()
);
comment on table vault.key_in_use is 'Ids of the keys that every row of vault.cpr was last made anew with. Without a row, those of the key folder: none was rotated yet.';

create table ops.key_rotation (
    rotation_id bigint generated always as identity primary key,
    kind text not null check (kind in ('lookup', 'seal', 'archive', 'signing', 'receiver', 'password')),
    name text,
    old_key_id text,
    new_key_id text,
    items bigint,
    checks jsonb not null default '{}',
    decision text,
    by_whom text not null,
    begun_at timestamptz not null default clock_timestamp(),
    finished_at timestamptz
);
create unique index one_rotation_of_a_key on ops.key_rotation (kind, coalesce(name, '')) where finished_at is null;
comment on table ops.key_rotation is 'Rotations of keys and passwords: which (name is the receiver or the role), how many rows or files were made anew, and what was checked afterwards. One without finished_at was interrupted; the next rotation or `mentor-dw up` finishes or undoes it.';

create table ops.signature (
    signature_id bigint generated always as identity primary key,
    key_id text not null,
    sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
    signature bytea not null check (length(signature) = 64),
    what text not null,
    signed_at timestamptz not null default clock_timestamp(),
    unique (key_id, signature)
);
comment on table ops.signature is 'Everything the house has signed, when it did so. A signature that is not here was not made here, whatever key made it.';

alter table landing.wide_part add column key_id text;
comment on column landing.wide_part.key_id is 'The look-up key of the part''s look-up values; parts of one delivery are compared by them.';

grant select on vault.key_in_use to loader;
-- Not signed_at: the server says when.
grant insert (key_id, sha256, signature, what), select on ops.signature to delivery;
grant usage on schema ops to delivery;
