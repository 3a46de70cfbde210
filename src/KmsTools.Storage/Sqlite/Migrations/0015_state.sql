-- The generations of the root key: the one that wraps, and the one before while values may still be wrapped by it.
CREATE TABLE root_key (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    generation INTEGER NOT NULL,
    former_generation INTEGER,
    creation_date INTEGER NOT NULL,
    rotation_period INTEGER,
    mac BLOB NOT NULL
) STRICT;
