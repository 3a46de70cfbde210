-- The tables of state.db, version 16. Times are unix milliseconds. Enumerations are the names of the AWS API. Flags are 0 and 1. Texts
-- compare byte by byte. Nothing of this needs more than what databases that speak like PostgreSQL share.
-- database_id names the database and its copies by other tools than ours, such as standbys and dumps.
CREATE TABLE schema_version (
    id bigint NOT NULL PRIMARY KEY CHECK (id = 1),
    version bigint NOT NULL,
    database_id text COLLATE "C" NOT NULL
);

-- Whoever changes the store locks the row first.
CREATE TABLE store_lock (
    id bigint NOT NULL PRIMARY KEY CHECK (id = 1)
);

INSERT INTO store_lock (id) VALUES (1);

-- Locks that one process at a time has.
CREATE TABLE lock_rows (
    name text COLLATE "C" NOT NULL PRIMARY KEY
);

-- How many requests nodes have reserved within a second.
CREATE TABLE request_counts (
    name text COLLATE "C" NOT NULL,
    second bigint NOT NULL,
    count bigint NOT NULL,
    PRIMARY KEY (name, second)
);

CREATE INDEX request_counts_by_second ON request_counts (second);

-- root.key of a sealed store, as sealed.
CREATE TABLE root_key_file (
    id bigint NOT NULL PRIMARY KEY CHECK (id = 1),
    content bytea NOT NULL
);

-- Generations of the root key on their way to other nodes, each wrapped by the one before, while a rotation lasts.
CREATE TABLE root_key_handover (
    generation bigint NOT NULL PRIMARY KEY,
    wrapped bytea NOT NULL
);

-- The newest generation that each node has in its own root key file.
CREATE TABLE root_key_nodes (
    node text COLLATE "C" NOT NULL PRIMARY KEY,
    generation bigint NOT NULL,
    seen bigint NOT NULL
);

CREATE TABLE store (
    id bigint NOT NULL PRIMARY KEY CHECK (id = 1),
    installation_id text COLLATE "C" NOT NULL,
    account_id text COLLATE "C" NOT NULL,
    region text COLLATE "C" NOT NULL,
    is_simulated_clock bigint NOT NULL,
    creation_date bigint NOT NULL,
    aws_managed_key_rotation_period bigint NOT NULL,
    simulated_time bigint,
    request_quotas_enabled bigint NOT NULL,
    root_key_check bytea NOT NULL,
    consistency_delay bigint NOT NULL,
    syncs_events bigint NOT NULL,
    max_event_age_in_days bigint,
    max_event_size bigint,
    mac bytea NOT NULL,
    CHECK ((simulated_time IS NOT NULL) = (is_simulated_clock <> 0))
);

CREATE TABLE store_secrets (
    name text COLLATE "C" NOT NULL PRIMARY KEY,
    wrapped bytea NOT NULL
);

CREATE TABLE root_key (
    id bigint NOT NULL PRIMARY KEY CHECK (id = 1),
    generation bigint NOT NULL,
    former_generation bigint,
    creation_date bigint NOT NULL,
    rotation_period bigint,
    mac bytea NOT NULL
);

CREATE TABLE store_time (
    id bigint NOT NULL PRIMARY KEY CHECK (id = 1),
    seen bigint NOT NULL,
    greatest bigint NOT NULL,
    explained bigint NOT NULL,
    elapsed bigint NOT NULL,
    unexplained_since bigint,
    uptime bigint NOT NULL,
    required_uptime bigint NOT NULL,
    mac bytea NOT NULL
);

CREATE TABLE quotas (
    name text COLLATE "C" NOT NULL PRIMARY KEY,
    value bigint NOT NULL,
    mac bytea NOT NULL
);

CREATE TABLE keys (
    region text COLLATE "C" NOT NULL,
    key_id text COLLATE "C" NOT NULL,
    account_id text COLLATE "C" NOT NULL,
    creation_date bigint NOT NULL,
    description text COLLATE "C" NOT NULL,
    key_spec text COLLATE "C" NOT NULL,
    key_usage text COLLATE "C" NOT NULL,
    origin text COLLATE "C" NOT NULL,
    key_manager text COLLATE "C" NOT NULL,
    multi_region_key_type text COLLATE "C",
    custom_key_store_id text COLLATE "C",
    is_enabled bigint NOT NULL,
    deletion_date bigint,
    pending_deletion_window bigint,
    rotation_period bigint,
    next_rotation_date bigint,
    reserved_messages bigint NOT NULL,
    next_due bigint,
    tags text COLLATE "C" NOT NULL,
    policy text COLLATE "C" NOT NULL,
    is_deletion_held bigint NOT NULL,
    is_rotation_held bigint NOT NULL,
    xks_key_id text COLLATE "C",
    mac bytea NOT NULL,
    PRIMARY KEY (region, key_id),
    CHECK ((next_rotation_date IS NULL) = (rotation_period IS NULL))
);

CREATE INDEX keys_by_next_due ON keys (next_due) WHERE next_due IS NOT NULL;

-- Related multi-Region keys have the same ID in different Regions.
CREATE INDEX keys_multi_region ON keys (key_id, region, multi_region_key_type) WHERE multi_region_key_type IS NOT NULL;

CREATE INDEX keys_by_custom_key_store ON keys (custom_key_store_id, region, key_id) WHERE custom_key_store_id IS NOT NULL;

CREATE INDEX keys_by_held_deletion ON keys (deletion_date) WHERE is_deletion_held = 1;

CREATE INDEX keys_by_held_rotation ON keys (next_rotation_date) WHERE is_rotation_held = 1;

-- Each KMS key of an external key store has a separate external key.
CREATE UNIQUE INDEX keys_by_xks_key ON keys (custom_key_store_id, xks_key_id) WHERE xks_key_id IS NOT NULL;

-- count(*) grows with the keys; quotas are checked at every CreateKey.
CREATE TABLE key_counts (
    scope text COLLATE "C" NOT NULL PRIMARY KEY,
    count bigint NOT NULL
);

CREATE TABLE key_materials (
    region text COLLATE "C" NOT NULL,
    key_id text COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    key_material_id text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL,
    creation_date bigint NOT NULL,
    import_state text COLLATE "C" NOT NULL,
    expiration_model text COLLATE "C",
    valid_to bigint,
    description text COLLATE "C",
    rotation_date bigint,
    rotation_type text COLLATE "C",
    wrapped bytea NOT NULL,
    mac bytea NOT NULL,
    PRIMARY KEY (region, key_id, position),
    FOREIGN KEY (region, key_id) REFERENCES keys (region, key_id) ON DELETE CASCADE
);

CREATE INDEX key_materials_by_expiry ON key_materials (valid_to) WHERE valid_to IS NOT NULL AND import_state = 'IMPORTED';

-- Material in HSMs has no bytes here.
CREATE INDEX key_materials_without_bytes ON key_materials (key_material_id) WHERE length(wrapped) = 0;

-- Materials that have expired, as they were: their keys no longer have the bytes.
CREATE TABLE held_materials (
    region text COLLATE "C" NOT NULL,
    key_id text COLLATE "C" NOT NULL,
    key_material_id text COLLATE "C" NOT NULL,
    due bigint NOT NULL,
    state text COLLATE "C" NOT NULL,
    creation_date bigint NOT NULL,
    expiration_model text COLLATE "C",
    valid_to bigint,
    description text COLLATE "C",
    rotation_date bigint,
    rotation_type text COLLATE "C",
    wrapped bytea NOT NULL,
    mac bytea NOT NULL,
    PRIMARY KEY (region, key_id, key_material_id),
    FOREIGN KEY (region, key_id) REFERENCES keys (region, key_id) ON DELETE CASCADE
);

CREATE INDEX held_materials_by_due ON held_materials (due);

CREATE TABLE aliases (
    region text COLLATE "C" NOT NULL,
    alias_name text COLLATE "C" NOT NULL,
    target_key_id text COLLATE "C" NOT NULL,
    creation_date bigint NOT NULL,
    last_updated_date bigint NOT NULL,
    mac bytea NOT NULL,
    PRIMARY KEY (region, alias_name),
    FOREIGN KEY (region, target_key_id) REFERENCES keys (region, key_id) ON DELETE CASCADE
);

CREATE INDEX aliases_by_key ON aliases (region, target_key_id, alias_name);

CREATE TABLE former_aliases (
    region text COLLATE "C" NOT NULL,
    alias_name text COLLATE "C" NOT NULL,
    target_key_id text COLLATE "C" NOT NULL,
    mac bytea NOT NULL,
    PRIMARY KEY (region, alias_name)
);

-- operations: names with a space between two. request_digest: only of grants with a name.
CREATE TABLE grants (
    region text COLLATE "C" NOT NULL,
    key_id text COLLATE "C" NOT NULL,
    grant_id text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    request_digest text COLLATE "C",
    creation_date bigint NOT NULL,
    grantee text COLLATE "C" NOT NULL,
    grantee_is_service bigint NOT NULL,
    retiring text COLLATE "C",
    retiring_is_service bigint,
    operations text COLLATE "C" NOT NULL,
    encryption_context_equals text COLLATE "C" NOT NULL,
    encryption_context_subset text COLLATE "C" NOT NULL,
    source_arn text COLLATE "C",
    mac bytea NOT NULL,
    PRIMARY KEY (region, key_id, grant_id),
    FOREIGN KEY (region, key_id) REFERENCES keys (region, key_id) ON DELETE CASCADE,
    CHECK ((request_digest IS NULL) = (name = '')),
    CHECK ((retiring_is_service IS NULL) = (retiring IS NULL))
);

CREATE UNIQUE INDEX grants_by_request ON grants (region, key_id, request_digest) WHERE request_digest IS NOT NULL;

CREATE INDEX grants_by_grantee ON grants (region, key_id, grantee, grantee_is_service, grant_id);

CREATE INDEX grants_by_retiring ON grants (region, retiring, retiring_is_service, grant_id) WHERE retiring IS NOT NULL;

-- As key_counts: a quota is checked at every CreateGrant.
CREATE TABLE grant_counts (
    region text COLLATE "C" NOT NULL,
    key_id text COLLATE "C" NOT NULL,
    count bigint NOT NULL,
    PRIMARY KEY (region, key_id),
    FOREIGN KEY (region, key_id) REFERENCES keys (region, key_id) ON DELETE CASCADE
);

CREATE TABLE custom_key_stores (
    region text COLLATE "C" NOT NULL,
    custom_key_store_id text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    cluster_id text COLLATE "C",
    trust_anchor_certificate text COLLATE "C",
    creation_date bigint NOT NULL,
    type text COLLATE "C" NOT NULL,
    wrapped_password bytea NOT NULL,
    password_refused bigint NOT NULL,
    connection_state text COLLATE "C" NOT NULL,
    connection_error_code text COLLATE "C",
    connection_generation bigint NOT NULL,
    connect_started bigint,
    other_wrapped_password bytea,
    proxy_connectivity text COLLATE "C",
    proxy_uri_endpoint text COLLATE "C",
    proxy_uri_path text COLLATE "C",
    proxy_service_name text COLLATE "C",
    proxy_service_owner text COLLATE "C",
    proxy_access_key_id text COLLATE "C",
    proxy_wrapped_secret bytea,
    proxy_credential_date bigint,
    proxy_certificate_name text COLLATE "C",
    proxy_certificate_not_after bigint,
    mac bytea NOT NULL,
    PRIMARY KEY (region, custom_key_store_id)
);

CREATE INDEX custom_key_stores_by_cluster ON custom_key_stores (cluster_id);

-- tokens and what else is JSON: as in state.db.
CREATE TABLE hsm_clusters (
    cluster_id text COLLATE "C" NOT NULL PRIMARY KEY,
    library text COLLATE "C" NOT NULL,
    tokens text COLLATE "C" NOT NULL,
    trust_anchor_certificate text COLLATE "C" NOT NULL,
    creation_date bigint NOT NULL,
    high_availability bigint NOT NULL,
    manage_password bigint NOT NULL,
    commands_from_elsewhere bigint NOT NULL,
    pin_source text COLLATE "C",
    wrapped_pin bytea,
    mac bytea NOT NULL
);

CREATE TABLE hsm_backups (
    backup_id text COLLATE "C" NOT NULL PRIMARY KEY,
    cluster_id text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    creation_date bigint NOT NULL,
    hsms text COLLATE "C" NOT NULL,
    trust_anchor_certificate text COLLATE "C" NOT NULL,
    vendor_reference text COLLATE "C",
    digest text COLLATE "C",
    size bigint,
    key_count bigint,
    is_content_known bigint NOT NULL,
    high_availability bigint NOT NULL,
    manage_password bigint NOT NULL,
    custom_key_store_id text COLLATE "C",
    wrapped_password bytea,
    mac bytea NOT NULL
);

-- The material in a backup whose content is known.
CREATE TABLE hsm_backup_keys (
    backup_id text COLLATE "C" NOT NULL,
    backing_key_id text COLLATE "C" NOT NULL,
    is_certain bigint NOT NULL,
    mac bytea NOT NULL,
    PRIMARY KEY (backup_id, backing_key_id),
    FOREIGN KEY (backup_id) REFERENCES hsm_backups (backup_id) ON DELETE CASCADE
);

CREATE TABLE hsm_restorations (
    cluster_id text COLLATE "C" NOT NULL,
    time bigint NOT NULL,
    backup_id text COLLATE "C" NOT NULL,
    backup_cluster_id text COLLATE "C" NOT NULL,
    backup_time bigint NOT NULL,
    mac bytea NOT NULL,
    PRIMARY KEY (cluster_id, time)
);

CREATE TABLE key_material_facts (
    key_id text COLLATE "C" NOT NULL,
    region text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    time bigint NOT NULL,
    cluster_id text COLLATE "C" NOT NULL,
    backing_key_id text COLLATE "C" NOT NULL,
    mac bytea NOT NULL,
    PRIMARY KEY (key_id, region, kind, time, cluster_id, backing_key_id)
);

CREATE TABLE stray_key_material (
    cluster_id text COLLATE "C" NOT NULL,
    backing_key_id text COLLATE "C" NOT NULL,
    custom_key_store_id text COLLATE "C" NOT NULL,
    region text COLLATE "C" NOT NULL,
    key_arn text COLLATE "C" NOT NULL,
    reason text COLLATE "C" NOT NULL,
    since bigint NOT NULL,
    claimed_until bigint,
    key_creation_date bigint,
    messages bigint,
    aliases text COLLATE "C" NOT NULL,
    mac bytea NOT NULL,
    PRIMARY KEY (cluster_id, backing_key_id)
);

CREATE TABLE access_keys (
    access_key_id text COLLATE "C" NOT NULL PRIMARY KEY,
    principal_arn text COLLATE "C" NOT NULL,
    creation_date bigint NOT NULL,
    wrapped_secret bytea NOT NULL,
    mac bytea NOT NULL
);

CREATE TABLE alarms (
    name text COLLATE "C" NOT NULL PRIMARY KEY,
    event text COLLATE "C" NOT NULL,
    region text COLLATE "C",
    key_id text COLLATE "C",
    custom_key_store_id text COLLATE "C",
    threshold bigint NOT NULL,
    action text COLLATE "C",
    creation_date bigint NOT NULL,
    state text COLLATE "C" NOT NULL,
    state_reason text COLLATE "C" NOT NULL,
    state_updated bigint NOT NULL,
    audit_event text COLLATE "C",
    uses text COLLATE "C" NOT NULL,
    mac bytea NOT NULL
);

CREATE TABLE principals (
    unique_id text COLLATE "C" NOT NULL PRIMARY KEY,
    type text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    path text COLLATE "C" NOT NULL,
    account_id text COLLATE "C" NOT NULL,
    creation_date bigint NOT NULL,
    tags text COLLATE "C" NOT NULL,
    policies text COLLATE "C" NOT NULL,
    permissions_boundary text COLLATE "C",
    groups text COLLATE "C" NOT NULL,
    trust_policy text COLLATE "C",
    max_session_duration bigint NOT NULL,
    mac bytea NOT NULL,
    CHECK ((trust_policy IS NOT NULL) = (type = 'Role'))
);

-- Names that differ in case only are the same.
CREATE UNIQUE INDEX principals_by_name ON principals (type, lower(name));

CREATE TABLE authorization_settings (
    id bigint NOT NULL PRIMARY KEY CHECK (id = 1),
    mode text COLLATE "C" NOT NULL,
    direct_use_of_aws_managed_keys bigint NOT NULL,
    service_control_policies text COLLATE "C" NOT NULL,
    resource_control_policies text COLLATE "C" NOT NULL,
    mac bytea NOT NULL
);

-- Changes with every principal and with the settings, so that policies are compiled once.
CREATE TABLE authorization_revision (
    id bigint NOT NULL PRIMARY KEY CHECK (id = 1),
    revision bigint NOT NULL
);

INSERT INTO authorization_revision (id, revision) VALUES (1, 0);

-- scope: the key of a grant, otherwise empty. value: JSON without bytes of key material; NULL if the item did not exist.
CREATE TABLE past_values (
    seq bigint NOT NULL PRIMARY KEY,
    changed bigint NOT NULL,
    kind text COLLATE "C" NOT NULL,
    region text COLLATE "C" NOT NULL,
    scope text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    value text COLLATE "C",
    mac bytea NOT NULL
);

CREATE INDEX past_values_by_item ON past_values (kind, region, scope, name, seq);

CREATE INDEX past_values_by_name ON past_values (kind, name, seq);

CREATE INDEX past_values_by_time ON past_values (changed);

-- What the newest commits have touched, for the caches of all nodes. segment and events stay NULL: events are rows of the same transaction.
-- nonce tells a commit from one with the same number that a server has lost, which another had taken over from: random, 0 in a copy.
CREATE TABLE commits (
    number bigint NOT NULL PRIMARY KEY,
    touched text COLLATE "C" NOT NULL,
    segment bigint,
    events bytea,
    nonce bigint NOT NULL DEFAULT 0
);

-- trust_anchors: certificates (PEM), one after the other.
CREATE TABLE xks_proxy_addresses (
    host_name text COLLATE "C" NOT NULL PRIMARY KEY,
    address text COLLATE "C",
    port bigint NOT NULL,
    trust_anchors text COLLATE "C" NOT NULL,
    client_certificate_path text COLLATE "C",
    timeout bigint NOT NULL,
    mac bytea NOT NULL
);

-- allowed_principals: names with a space between two; NULL for that of AWS KMS in the Region.
CREATE TABLE vpc_endpoint_services (
    service_name text COLLATE "C" NOT NULL PRIMARY KEY,
    owner text COLLATE "C" NOT NULL,
    private_dns_name text COLLATE "C",
    is_domain_verified bigint NOT NULL,
    allowed_principals text COLLATE "C",
    availability_zones bigint NOT NULL,
    acceptance_required bigint NOT NULL,
    mac bytea NOT NULL
);

-- A copy of a whole store copies the counts too.
CREATE FUNCTION count_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('kmstools.copying', true) = 'on' THEN
        RETURN NULL;
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.key_manager = 'CUSTOMER' THEN
            INSERT INTO key_counts (scope, count) VALUES ('region ' || NEW.region, 1)
            ON CONFLICT (scope) DO UPDATE SET count = key_counts.count + 1;
        END IF;
        IF NEW.custom_key_store_id IS NOT NULL THEN
            INSERT INTO key_counts (scope, count) VALUES ('store ' || NEW.custom_key_store_id, 1)
            ON CONFLICT (scope) DO UPDATE SET count = key_counts.count + 1;
        END IF;
    ELSE
        IF OLD.key_manager = 'CUSTOMER' THEN
            UPDATE key_counts SET count = count - 1 WHERE scope = 'region ' || OLD.region;
        END IF;
        IF OLD.custom_key_store_id IS NOT NULL THEN
            UPDATE key_counts SET count = count - 1 WHERE scope = 'store ' || OLD.custom_key_store_id;
        END IF;
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER keys_counted AFTER INSERT OR DELETE ON keys FOR EACH ROW EXECUTE FUNCTION count_key();

CREATE FUNCTION count_grant() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('kmstools.copying', true) = 'on' THEN
        RETURN NULL;
    END IF;
    IF TG_OP = 'INSERT' THEN
        INSERT INTO grant_counts (region, key_id, count) VALUES (NEW.region, NEW.key_id, 1)
        ON CONFLICT (region, key_id) DO UPDATE SET count = grant_counts.count + 1;
    ELSE
        UPDATE grant_counts SET count = count - 1 WHERE region = OLD.region AND key_id = OLD.key_id;
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER grants_counted AFTER INSERT OR DELETE ON grants FOR EACH ROW EXECUTE FUNCTION count_grant();

CREATE FUNCTION raise_revision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('kmstools.copying', true) = 'on' THEN
        RETURN NULL;
    END IF;
    UPDATE authorization_revision SET revision = revision + 1;
    RETURN NULL;
END
$$;

CREATE TRIGGER authorization_settings_changed AFTER UPDATE ON authorization_settings
FOR EACH ROW EXECUTE FUNCTION raise_revision();

CREATE TRIGGER principals_changed AFTER INSERT OR UPDATE OR DELETE ON principals FOR EACH ROW EXECUTE FUNCTION raise_revision();
