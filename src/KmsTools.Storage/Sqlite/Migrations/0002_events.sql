DROP TABLE events_by_time;
DROP TABLE events_by_key;
DROP TABLE last_uses;
DROP TABLE indexed;
DROP TABLE events;

-- The index of the segments: up to where each is indexed, with the hash there, and what it contains up to there.
CREATE TABLE segments (
    number INTEGER PRIMARY KEY,
    indexed INTEGER NOT NULL,
    hash BLOB NOT NULL,
    count INTEGER NOT NULL,
    first_time INTEGER NOT NULL,
    last_time INTEGER NOT NULL
) STRICT;

-- Each segment has a range of its own: it is filled in large transactions that write few pages, and is deleted as a whole.
-- recorded: ticks of the real clock. record: where the event begins in its segment.
CREATE TABLE events_by_time (
    segment INTEGER NOT NULL,
    time INTEGER NOT NULL,
    recorded INTEGER NOT NULL,
    record INTEGER NOT NULL,
    region TEXT NOT NULL,
    PRIMARY KEY (segment, time, recorded, record)
) STRICT, WITHOUT ROWID;

CREATE TABLE events_by_name (
    segment INTEGER NOT NULL,
    name TEXT NOT NULL COLLATE NOCASE,
    time INTEGER NOT NULL,
    recorded INTEGER NOT NULL,
    record INTEGER NOT NULL,
    region TEXT NOT NULL,
    PRIMARY KEY (segment, name, time, recorded, record)
) STRICT, WITHOUT ROWID;

CREATE TABLE events_by_key (
    segment INTEGER NOT NULL,
    key_id TEXT NOT NULL,
    time INTEGER NOT NULL,
    recorded INTEGER NOT NULL,
    record INTEGER NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL COLLATE NOCASE,
    PRIMARY KEY (segment, key_id, time, recorded, record)
) STRICT, WITHOUT ROWID;

-- The last use of each key, which is known longer than the segment is kept.
CREATE TABLE last_uses (
    key_id TEXT NOT NULL,
    region TEXT NOT NULL,
    time INTEGER NOT NULL,
    recorded INTEGER NOT NULL,
    event_id TEXT NOT NULL,
    name TEXT NOT NULL,
    request_id TEXT,
    PRIMARY KEY (key_id, region)
) STRICT, WITHOUT ROWID;
