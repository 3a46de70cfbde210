-- What is known about the time that passed; nothing before the first look at the clock. Spans are milliseconds.
CREATE TABLE store_time (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    seen INTEGER NOT NULL,
    greatest INTEGER NOT NULL,
    explained INTEGER NOT NULL,
    elapsed INTEGER NOT NULL,
    unexplained_since INTEGER,
    uptime INTEGER NOT NULL,
    required_uptime INTEGER NOT NULL
) STRICT;

-- What is due and waits until time is explained: not part of next_due, so that it is not found again and again.
ALTER TABLE keys ADD COLUMN is_deletion_held INTEGER NOT NULL DEFAULT 0;
ALTER TABLE keys ADD COLUMN is_rotation_held INTEGER NOT NULL DEFAULT 0;
CREATE INDEX keys_by_held_deletion ON keys (deletion_date) WHERE is_deletion_held = 1;
CREATE INDEX keys_by_held_rotation ON keys (next_rotation_date) WHERE is_rotation_held = 1;

-- Materials that have expired, as they were: their keys no longer have the bytes.
CREATE TABLE held_materials (
    region TEXT NOT NULL,
    key_id TEXT NOT NULL,
    key_material_id TEXT NOT NULL,
    due INTEGER NOT NULL,
    state TEXT NOT NULL,
    creation_date INTEGER NOT NULL,
    expiration_model TEXT,
    valid_to INTEGER,
    description TEXT,
    rotation_date INTEGER,
    rotation_type TEXT,
    wrapped BLOB NOT NULL,
    PRIMARY KEY (region, key_id, key_material_id),
    FOREIGN KEY (region, key_id) REFERENCES keys (region, key_id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX held_materials_by_due ON held_materials (due);
