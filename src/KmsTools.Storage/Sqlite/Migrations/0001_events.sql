-- In state.db (events of management calls) and in events.db (all others).
-- recorded: real UTC ticks of the recording. time: unix milliseconds by the store's clock. seq: the order of commit.
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

-- Where events are found. Filled for many events at a time, because writing the pages of indices with every single event costs
-- three times the event itself. Events after indexed.seq are few and are looked through.
CREATE TABLE indexed (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    seq INTEGER NOT NULL
) STRICT;

INSERT INTO indexed VALUES (1, 0);

CREATE TABLE events_by_time (
    time INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (time, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE events_by_key (
    key_id TEXT NOT NULL,
    time INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (key_id, time, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE last_uses (
    key_id TEXT NOT NULL,
    region TEXT NOT NULL,
    time INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (key_id, region)
) STRICT, WITHOUT ROWID;
