-- A build does again only what depends on what changed; the ledger says what that was.
alter table ops.delivery add column row_changes bigint not null default 0;
comment on column ops.delivery.row_changes is 'How often rows of the delivery came to raw or left it after its verdict (persons known late, kept no longer).';

alter table ops.build add column made_of jsonb;
alter table ops.build add column scope text;
alter table ops.build add column rebuilt text[];
alter table ops.build add column left_as_they_were integer;
comment on column ops.build.made_of is 'A fingerprint of each thing the build is made of: its sources, the links between persons, settings.';
comment on column ops.build.scope is 'What was built and why, in words.';
comment on column ops.build.rebuilt is 'The models and seeds that were built; null when everything was.';
comment on column ops.build.left_as_they_were is 'How many models and seeds of the build before stayed in work, because nothing they depend on changed.';
