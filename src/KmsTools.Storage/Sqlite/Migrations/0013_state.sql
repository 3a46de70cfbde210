-- What authenticates each row: computed over all its other columns, after this script for the rows that exist. Not in tables that decide
-- nothing: commits, counts and the revision.
ALTER TABLE store ADD COLUMN mac BLOB NOT NULL DEFAULT x'';
ALTER TABLE store_time ADD COLUMN mac BLOB NOT NULL DEFAULT x'';
ALTER TABLE quotas ADD COLUMN mac BLOB NOT NULL DEFAULT x'';
ALTER TABLE keys ADD COLUMN mac BLOB NOT NULL DEFAULT x'';
ALTER TABLE key_materials ADD COLUMN mac BLOB NOT NULL DEFAULT x'';
ALTER TABLE held_materials ADD COLUMN mac BLOB NOT NULL DEFAULT x'';
ALTER TABLE aliases ADD COLUMN mac BLOB NOT NULL DEFAULT x'';
ALTER TABLE former_aliases ADD COLUMN mac BLOB NOT NULL DEFAULT x'';
ALTER TABLE grants ADD COLUMN mac BLOB NOT NULL DEFAULT x'';
ALTER TABLE custom_key_stores ADD COLUMN mac BLOB NOT NULL DEFAULT x'';
ALTER TABLE hsm_clusters ADD COLUMN mac BLOB NOT NULL DEFAULT x'';
ALTER TABLE hsm_backups ADD COLUMN mac BLOB NOT NULL DEFAULT x'';
ALTER TABLE hsm_backup_keys ADD COLUMN mac BLOB NOT NULL DEFAULT x'';
ALTER TABLE hsm_restorations ADD COLUMN mac BLOB NOT NULL DEFAULT x'';
ALTER TABLE key_material_facts ADD COLUMN mac BLOB NOT NULL DEFAULT x'';
ALTER TABLE stray_key_material ADD COLUMN mac BLOB NOT NULL DEFAULT x'';
ALTER TABLE access_keys ADD COLUMN mac BLOB NOT NULL DEFAULT x'';
ALTER TABLE alarms ADD COLUMN mac BLOB NOT NULL DEFAULT x'';
ALTER TABLE principals ADD COLUMN mac BLOB NOT NULL DEFAULT x'';
ALTER TABLE past_values ADD COLUMN mac BLOB NOT NULL DEFAULT x'';

-- The revision, which triggers change, has a separate table: a row with a MAC is changed as a whole.
CREATE TABLE authorization_revision (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    revision INTEGER NOT NULL
) STRICT;

INSERT INTO authorization_revision SELECT 1, revision FROM authorization_settings;

DROP TRIGGER principals_inserted;
DROP TRIGGER principals_updated;
DROP TRIGGER principals_deleted;
ALTER TABLE authorization_settings DROP COLUMN revision;
ALTER TABLE authorization_settings ADD COLUMN mac BLOB NOT NULL DEFAULT x'';

CREATE TRIGGER authorization_settings_updated AFTER UPDATE ON authorization_settings
BEGIN
    UPDATE authorization_revision SET revision = revision + 1;
END;

CREATE TRIGGER principals_inserted AFTER INSERT ON principals
BEGIN
    UPDATE authorization_revision SET revision = revision + 1;
END;

CREATE TRIGGER principals_updated AFTER UPDATE ON principals
BEGIN
    UPDATE authorization_revision SET revision = revision + 1;
END;

CREATE TRIGGER principals_deleted AFTER DELETE ON principals
BEGIN
    UPDATE authorization_revision SET revision = revision + 1;
END;
