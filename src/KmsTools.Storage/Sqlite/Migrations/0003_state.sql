ALTER TABLE hsm_clusters ADD COLUMN commands_from_elsewhere INTEGER NOT NULL DEFAULT 0;

-- uses: unix milliseconds with a space between two.
CREATE TABLE alarms (
    name TEXT NOT NULL PRIMARY KEY,
    event TEXT NOT NULL,
    region TEXT,
    key_id TEXT,
    custom_key_store_id TEXT,
    threshold INTEGER NOT NULL,
    action TEXT,
    creation_date INTEGER NOT NULL,
    state TEXT NOT NULL,
    state_reason TEXT NOT NULL,
    state_updated INTEGER NOT NULL,
    audit_event TEXT,
    uses TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX key_materials_by_expiry ON key_materials (valid_to) WHERE valid_to IS NOT NULL AND import_state = 'IMPORTED';

-- Without these figures SQLite finds the aliases of a deleted key by reading all of the Region: for a DELETE it prefers the primary key.
ANALYZE sqlite_schema;
INSERT INTO sqlite_stat1 VALUES ('aliases', 'aliases_by_key', '1000000 1000000 1 1'), ('aliases', 'aliases', '1000000 1000000 1');
