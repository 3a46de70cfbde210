-- What the newest commits have touched, for the caches of all processes: one item in a line, its kind, Region and name with a space between
-- two. The numbers are consecutive.
CREATE TABLE commits (
    number INTEGER PRIMARY KEY,
    touched TEXT NOT NULL
) STRICT;
