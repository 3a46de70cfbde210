-- The highest number of a commit among the indexed events; 0 where it was not noted, because they were indexed before.
ALTER TABLE segments ADD COLUMN last_commit INTEGER NOT NULL DEFAULT 0;
