-- The events of a commit, until they are in the log and on the disk: the segment of the process that committed, and the records after
-- the length that the segment had (8 bytes, little-endian). The newest row stays, so that no number is used twice.
ALTER TABLE commits ADD COLUMN segment INTEGER;
ALTER TABLE commits ADD COLUMN events BLOB;

-- Whether every group of events is synced, and what the log may keep. NULL: everything.
ALTER TABLE store ADD COLUMN syncs_events INTEGER NOT NULL DEFAULT 0;
ALTER TABLE store ADD COLUMN max_event_age_in_days INTEGER;
ALTER TABLE store ADD COLUMN max_event_size INTEGER;

-- The events are in segments now.
DROP TABLE events_by_time;
DROP TABLE events_by_key;
DROP TABLE last_uses;
DROP TABLE indexed;
DROP TABLE events;
