-- Backups of clusters. hsms is [["label","serial","library"]]; wrapped_password is that of the crypto user at that time.
CREATE TABLE hsm_backups (
    backup_id TEXT NOT NULL PRIMARY KEY,
    cluster_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    creation_date INTEGER NOT NULL,
    hsms TEXT NOT NULL,
    trust_anchor_certificate TEXT NOT NULL,
    vendor_reference TEXT,
    digest TEXT,
    size INTEGER,
    key_count INTEGER,
    is_content_known INTEGER NOT NULL,
    high_availability INTEGER NOT NULL,
    manage_password INTEGER NOT NULL,
    custom_key_store_id TEXT,
    wrapped_password BLOB
) STRICT, WITHOUT ROWID;

-- The material in a backup whose content is known.
CREATE TABLE hsm_backup_keys (
    backup_id TEXT NOT NULL REFERENCES hsm_backups (backup_id) ON DELETE CASCADE,
    backing_key_id TEXT NOT NULL,
    is_certain INTEGER NOT NULL,
    PRIMARY KEY (backup_id, backing_key_id)
) STRICT, WITHOUT ROWID;
