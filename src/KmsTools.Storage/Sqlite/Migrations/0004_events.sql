DROP TABLE events_by_time;
DROP TABLE events_by_name;
DROP TABLE events_by_key;

-- Where events are found: a list for each name, each key and all, of each block of a segment, which begins at the offset block there. A
-- row per event in three tables took about a tenth of a busy machine from the calls.
-- first_time, last_time: unix milliseconds of the events of the list.
CREATE TABLE event_lists (
    segment INTEGER NOT NULL,
    kind TEXT NOT NULL,
    term TEXT NOT NULL,
    block INTEGER NOT NULL,
    first_time INTEGER NOT NULL,
    last_time INTEGER NOT NULL,
    events BLOB NOT NULL,
    PRIMARY KEY (segment, kind, term, block)
) STRICT, WITHOUT ROWID;

-- All segments are read again.
DELETE FROM segments;
