-- External key stores: no cluster, but a proxy. Columns that are NULL are not covered by the MAC of a row, so that it stays.
CREATE TABLE custom_key_stores_16 (
    region TEXT NOT NULL,
    custom_key_store_id TEXT NOT NULL,
    name TEXT NOT NULL,
    cluster_id TEXT,
    trust_anchor_certificate TEXT,
    creation_date INTEGER NOT NULL,
    type TEXT NOT NULL,
    wrapped_password BLOB NOT NULL,
    password_refused INTEGER NOT NULL,
    connection_state TEXT NOT NULL,
    connection_error_code TEXT,
    connection_generation INTEGER NOT NULL,
    connect_started INTEGER,
    other_wrapped_password BLOB,
    proxy_connectivity TEXT,
    proxy_uri_endpoint TEXT,
    proxy_uri_path TEXT,
    proxy_service_name TEXT,
    proxy_service_owner TEXT,
    proxy_access_key_id TEXT,
    proxy_wrapped_secret BLOB,
    proxy_credential_date INTEGER,
    proxy_certificate_name TEXT,
    proxy_certificate_not_after INTEGER,
    mac BLOB NOT NULL DEFAULT x'',
    PRIMARY KEY (region, custom_key_store_id)
) STRICT, WITHOUT ROWID;

INSERT INTO custom_key_stores_16 (region, custom_key_store_id, name, cluster_id, trust_anchor_certificate, creation_date, type,
    wrapped_password, password_refused, connection_state, connection_error_code, connection_generation, connect_started,
    other_wrapped_password, mac)
SELECT region, custom_key_store_id, name, cluster_id, trust_anchor_certificate, creation_date, type, wrapped_password, password_refused,
    connection_state, connection_error_code, connection_generation, connect_started, other_wrapped_password, mac
FROM custom_key_stores;

DROP TABLE custom_key_stores;

ALTER TABLE custom_key_stores_16 RENAME TO custom_key_stores;

CREATE INDEX custom_key_stores_by_cluster ON custom_key_stores (cluster_id);

-- Each KMS key of an external key store has a separate external key.
ALTER TABLE keys ADD COLUMN xks_key_id TEXT;

CREATE UNIQUE INDEX keys_by_xks_key ON keys (custom_key_store_id, xks_key_id) WHERE xks_key_id IS NOT NULL;

-- trust_anchors: certificates (PEM), one after the other.
CREATE TABLE xks_proxy_addresses (
    host_name TEXT NOT NULL PRIMARY KEY,
    address TEXT,
    port INTEGER NOT NULL,
    trust_anchors TEXT NOT NULL,
    client_certificate_path TEXT,
    timeout INTEGER NOT NULL,
    mac BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- allowed_principals: names with a space between two; NULL for that of AWS KMS in the Region.
CREATE TABLE vpc_endpoint_services (
    service_name TEXT NOT NULL PRIMARY KEY,
    owner TEXT NOT NULL,
    private_dns_name TEXT,
    is_domain_verified INTEGER NOT NULL,
    allowed_principals TEXT,
    availability_zones INTEGER NOT NULL,
    acceptance_required INTEGER NOT NULL,
    mac BLOB NOT NULL
) STRICT, WITHOUT ROWID;
