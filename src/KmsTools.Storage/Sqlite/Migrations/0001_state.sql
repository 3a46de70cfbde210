-- Times are unix milliseconds. Enumerations are the names of the AWS API.
CREATE TABLE store (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    installation_id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    region TEXT NOT NULL,
    is_simulated_clock INTEGER NOT NULL,
    creation_date INTEGER NOT NULL,
    aws_managed_key_rotation_period INTEGER NOT NULL,
    simulated_time INTEGER CHECK ((simulated_time IS NOT NULL) = is_simulated_clock),
    request_quotas_enabled INTEGER NOT NULL DEFAULT 0,
    root_key_check BLOB NOT NULL
) STRICT;

-- Quotas that were set to other values than their defaults.
CREATE TABLE quotas (
    name TEXT NOT NULL PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE keys (
    region TEXT NOT NULL,
    key_id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    creation_date INTEGER NOT NULL,
    description TEXT NOT NULL,
    key_spec TEXT NOT NULL,
    key_usage TEXT NOT NULL,
    origin TEXT NOT NULL,
    key_manager TEXT NOT NULL,
    multi_region_key_type TEXT,
    custom_key_store_id TEXT,
    is_enabled INTEGER NOT NULL,
    deletion_date INTEGER,
    pending_deletion_window INTEGER,
    rotation_period INTEGER,
    next_rotation_date INTEGER CHECK ((next_rotation_date IS NULL) = (rotation_period IS NULL)),
    reserved_messages INTEGER NOT NULL,
    next_due INTEGER,
    tags TEXT NOT NULL,
    policy TEXT NOT NULL,
    PRIMARY KEY (region, key_id)
) STRICT;

CREATE INDEX keys_by_next_due ON keys (next_due) WHERE next_due IS NOT NULL;

-- Related multi-Region keys have the same ID in different Regions.
CREATE INDEX keys_multi_region ON keys (key_id, region, multi_region_key_type) WHERE multi_region_key_type IS NOT NULL;

-- COUNT(*) over an index grows with the keys; quotas are checked at every CreateKey.
CREATE TABLE key_counts (
    scope TEXT NOT NULL PRIMARY KEY,
    count INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER keys_count_inserted_customer AFTER INSERT ON keys WHEN NEW.key_manager = 'CUSTOMER'
BEGIN
    INSERT INTO key_counts VALUES ('region ' || NEW.region, 1) ON CONFLICT DO UPDATE SET count = count + 1;
END;

CREATE TRIGGER keys_count_deleted_customer AFTER DELETE ON keys WHEN OLD.key_manager = 'CUSTOMER'
BEGIN
    UPDATE key_counts SET count = count - 1 WHERE scope = 'region ' || OLD.region;
END;

CREATE TRIGGER keys_count_inserted_in_store AFTER INSERT ON keys WHEN NEW.custom_key_store_id IS NOT NULL
BEGIN
    INSERT INTO key_counts VALUES ('store ' || NEW.custom_key_store_id, 1) ON CONFLICT DO UPDATE SET count = count + 1;
END;

CREATE TRIGGER keys_count_deleted_in_store AFTER DELETE ON keys WHEN OLD.custom_key_store_id IS NOT NULL
BEGIN
    UPDATE key_counts SET count = count - 1 WHERE scope = 'store ' || OLD.custom_key_store_id;
END;

CREATE TABLE key_materials (
    region TEXT NOT NULL,
    key_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    key_material_id TEXT NOT NULL,
    state TEXT NOT NULL,
    creation_date INTEGER NOT NULL,
    import_state TEXT NOT NULL,
    expiration_model TEXT,
    valid_to INTEGER,
    description TEXT,
    rotation_date INTEGER,
    rotation_type TEXT,
    wrapped BLOB NOT NULL,
    PRIMARY KEY (region, key_id, position),
    FOREIGN KEY (region, key_id) REFERENCES keys (region, key_id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE aliases (
    region TEXT NOT NULL,
    alias_name TEXT NOT NULL COLLATE BINARY,
    target_key_id TEXT NOT NULL,
    creation_date INTEGER NOT NULL,
    last_updated_date INTEGER NOT NULL,
    PRIMARY KEY (region, alias_name),
    FOREIGN KEY (region, target_key_id) REFERENCES keys (region, key_id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX aliases_by_key ON aliases (region, target_key_id, alias_name);

-- operations: names with a space between two. request_digest: only of grants with a name.
CREATE TABLE grants (
    region TEXT NOT NULL,
    key_id TEXT NOT NULL,
    grant_id TEXT NOT NULL,
    name TEXT NOT NULL,
    request_digest TEXT CHECK ((request_digest IS NULL) = (name = '')),
    creation_date INTEGER NOT NULL,
    grantee TEXT NOT NULL,
    grantee_is_service INTEGER NOT NULL,
    retiring TEXT,
    retiring_is_service INTEGER CHECK ((retiring_is_service IS NULL) = (retiring IS NULL)),
    operations TEXT NOT NULL,
    encryption_context_equals TEXT NOT NULL,
    encryption_context_subset TEXT NOT NULL,
    source_arn TEXT,
    PRIMARY KEY (region, key_id, grant_id),
    FOREIGN KEY (region, key_id) REFERENCES keys (region, key_id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX grants_by_request ON grants (region, key_id, request_digest) WHERE request_digest IS NOT NULL;

CREATE INDEX grants_by_grantee ON grants (region, key_id, grantee, grantee_is_service, grant_id);

CREATE INDEX grants_by_retiring ON grants (region, retiring, retiring_is_service, grant_id) WHERE retiring IS NOT NULL;

-- As key_counts: a quota is checked at every CreateGrant.
CREATE TABLE grant_counts (
    region TEXT NOT NULL,
    key_id TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (region, key_id),
    FOREIGN KEY (region, key_id) REFERENCES keys (region, key_id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TRIGGER grants_count_inserted AFTER INSERT ON grants
BEGIN
    INSERT INTO grant_counts VALUES (NEW.region, NEW.key_id, 1) ON CONFLICT DO UPDATE SET count = count + 1;
END;

CREATE TRIGGER grants_count_deleted AFTER DELETE ON grants
BEGIN
    UPDATE grant_counts SET count = count - 1 WHERE region = OLD.region AND key_id = OLD.key_id;
END;

CREATE TABLE custom_key_stores (
    region TEXT NOT NULL,
    custom_key_store_id TEXT NOT NULL,
    name TEXT NOT NULL,
    cluster_id TEXT NOT NULL,
    trust_anchor_certificate TEXT NOT NULL,
    creation_date INTEGER NOT NULL,
    type TEXT NOT NULL,
    wrapped_password BLOB NOT NULL,
    password_refused INTEGER NOT NULL,
    connection_state TEXT NOT NULL,
    connection_error_code TEXT,
    connection_generation INTEGER NOT NULL,
    connect_started INTEGER,
    PRIMARY KEY (region, custom_key_store_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX custom_key_stores_by_cluster ON custom_key_stores (cluster_id);

CREATE TABLE hsm_clusters (
    cluster_id TEXT NOT NULL PRIMARY KEY,
    library TEXT NOT NULL,
    tokens TEXT NOT NULL,
    trust_anchor_certificate TEXT NOT NULL,
    creation_date INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE stray_key_material (
    cluster_id TEXT NOT NULL,
    backing_key_id TEXT NOT NULL,
    custom_key_store_id TEXT NOT NULL,
    region TEXT NOT NULL,
    key_arn TEXT NOT NULL,
    reason TEXT NOT NULL,
    since INTEGER NOT NULL,
    claimed_until INTEGER,
    PRIMARY KEY (cluster_id, backing_key_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE access_keys (
    access_key_id TEXT NOT NULL PRIMARY KEY,
    principal_arn TEXT NOT NULL,
    creation_date INTEGER NOT NULL,
    wrapped_secret BLOB NOT NULL
) STRICT, WITHOUT ROWID;
