-- In state.db (events of management calls) and in events.db (all others).
-- recorded: real UTC ticks of the recording. time: unix milliseconds by the store's clock. seq: the order of commit.
-- Every index ends with the rowid, so each of them yields its events in the order (time, seq).
CREATE TABLE events (
    seq INTEGER PRIMARY KEY,
    recorded INTEGER NOT NULL,
    time INTEGER NOT NULL,
    event_id TEXT NOT NULL,
    name TEXT NOT NULL COLLATE NOCASE,
    region TEXT NOT NULL,
    key_id TEXT,
    second_key_id TEXT,
    error_code TEXT,
    is_use INTEGER NOT NULL,
    json BLOB NOT NULL
) STRICT;

CREATE INDEX events_by_time ON events (time);
CREATE INDEX events_by_key ON events (key_id, time) WHERE key_id IS NOT NULL;
CREATE INDEX events_by_second_key ON events (second_key_id, time) WHERE second_key_id IS NOT NULL;

-- The newest use of each key. Found through an index over events it would cost a scan past the uses in other Regions.
CREATE TABLE last_uses (
    key_id TEXT NOT NULL,
    region TEXT NOT NULL,
    time INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (key_id, region)
) STRICT, WITHOUT ROWID;
