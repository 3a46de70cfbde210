-- Calls that read see keys, aliases and grants as they were this many seconds ago.
ALTER TABLE store ADD COLUMN consistency_delay INTEGER NOT NULL DEFAULT 0;

-- What keys, aliases and grants were before changes that such calls do not see yet. Empty while consistency_delay is 0.
-- scope: the key of a grant, otherwise empty. value: JSON without bytes of key material; NULL if the item did not exist.
CREATE TABLE past_values (
    seq INTEGER PRIMARY KEY,
    changed INTEGER NOT NULL,
    kind TEXT NOT NULL,
    region TEXT NOT NULL,
    scope TEXT NOT NULL,
    name TEXT NOT NULL,
    value TEXT
) STRICT;

CREATE INDEX past_values_by_item ON past_values (kind, region, scope, name, seq);
CREATE INDEX past_values_by_name ON past_values (kind, name, seq);
CREATE INDEX past_values_by_time ON past_values (changed);
