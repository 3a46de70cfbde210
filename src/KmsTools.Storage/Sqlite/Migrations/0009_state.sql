-- The commits of the store, and what each touched.
CREATE TABLE commits (
    number INTEGER PRIMARY KEY,
    touched TEXT NOT NULL
) STRICT;
