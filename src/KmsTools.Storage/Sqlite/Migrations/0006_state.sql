-- Users, roles and groups. tags: pairs of texts; policies: pairs of a name and a document; groups: names with a space between two.
CREATE TABLE principals (
    unique_id TEXT NOT NULL PRIMARY KEY,
    type TEXT NOT NULL,
    name TEXT NOT NULL COLLATE NOCASE,
    path TEXT NOT NULL,
    account_id TEXT NOT NULL,
    creation_date INTEGER NOT NULL,
    tags TEXT NOT NULL,
    policies TEXT NOT NULL,
    permissions_boundary TEXT,
    groups TEXT NOT NULL,
    trust_policy TEXT CHECK ((trust_policy IS NOT NULL) = (type = 'Role')),
    max_session_duration INTEGER NOT NULL,
    UNIQUE (type, name)
) STRICT, WITHOUT ROWID;

-- revision changes with this row and with every principal, so that policies are compiled once. service_control_policies is a list of
-- levels, each a list of documents.
CREATE TABLE authorization_settings (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    mode TEXT NOT NULL,
    direct_use_of_aws_managed_keys INTEGER NOT NULL,
    service_control_policies TEXT NOT NULL,
    resource_control_policies TEXT NOT NULL,
    revision INTEGER NOT NULL
) STRICT;

-- A store that exists was used without permissions: nobody is locked out of its keys unawares.
INSERT INTO authorization_settings
SELECT 1, CASE WHEN EXISTS (SELECT 1 FROM store) THEN 'Record' ELSE 'Enforce' END, 0, '[]', '[]', 0;

CREATE TRIGGER principals_inserted AFTER INSERT ON principals
BEGIN
    UPDATE authorization_settings SET revision = revision + 1;
END;

CREATE TRIGGER principals_updated AFTER UPDATE ON principals
BEGIN
    UPDATE authorization_settings SET revision = revision + 1;
END;

CREATE TRIGGER principals_deleted AFTER DELETE ON principals
BEGIN
    UPDATE authorization_settings SET revision = revision + 1;
END;
