-- The catalogue of the event log. Number 0 is no segment: its events are the highest number of a segment there ever was. Times are unix
-- milliseconds; moved is the time of the database when the row was last changed; header is that of the file that the segment would be, with
-- whose hash the chain of its events begins, and size the size of that file.
CREATE TABLE event_segments (
    number bigint NOT NULL PRIMARY KEY,
    lane text COLLATE "C" NOT NULL,
    status text COLLATE "C" NOT NULL,
    node text COLLATE "C" NOT NULL,
    moved bigint NOT NULL,
    events bigint NOT NULL,
    size bigint NOT NULL,
    first_time bigint NOT NULL,
    last_time bigint NOT NULL,
    header bytea NOT NULL,
    head bytea NOT NULL,
    mac bytea NOT NULL
);

-- The events. Position is where the record would begin in the file of its segment, body and hash are what it would have there. The other
-- columns repeat what the body says, for queries: name in capitals, because its case makes no difference.
CREATE TABLE events (
    segment bigint NOT NULL,
    position bigint NOT NULL,
    time bigint NOT NULL,
    recorded bigint NOT NULL,
    name text COLLATE "C" NOT NULL,
    region text COLLATE "C" NOT NULL,
    key_id text COLLATE "C",
    second_key_id text COLLATE "C",
    is_use bigint NOT NULL,
    body bytea NOT NULL,
    hash bytea NOT NULL,
    PRIMARY KEY (segment, position)
);

CREATE INDEX events_by_time ON events (time, recorded);

CREATE INDEX events_by_name ON events (name, time, recorded);

CREATE INDEX events_by_key ON events (key_id, is_use, time, recorded) WHERE key_id IS NOT NULL;

CREATE INDEX events_by_second_key ON events (second_key_id, is_use, time, recorded) WHERE second_key_id IS NOT NULL;

-- The newest uses of keys in segments that were dropped.
CREATE TABLE last_uses (
    key_id text COLLATE "C" NOT NULL,
    region text COLLATE "C" NOT NULL,
    time bigint NOT NULL,
    recorded bigint NOT NULL,
    event_id text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    request_id text COLLATE "C",
    mac bytea NOT NULL,
    PRIMARY KEY (key_id, region)
);
