-- Clusters of several HSMs. In hsm_clusters.tokens the library of an HSM follows its label and serial number, where it has one of
-- its own.
ALTER TABLE hsm_clusters ADD COLUMN high_availability INTEGER NOT NULL DEFAULT 0;
ALTER TABLE hsm_clusters ADD COLUMN manage_password INTEGER NOT NULL DEFAULT 0;

-- The other password that HSMs may have, while a change of the password is under way or was interrupted.
ALTER TABLE custom_key_stores ADD COLUMN other_wrapped_password BLOB;

-- What the key was, of which only the record of its material is left. aliases: names with a space between two.
ALTER TABLE stray_key_material ADD COLUMN key_creation_date INTEGER;
ALTER TABLE stray_key_material ADD COLUMN messages INTEGER;
ALTER TABLE stray_key_material ADD COLUMN aliases TEXT NOT NULL DEFAULT '';

CREATE INDEX keys_by_custom_key_store ON keys (custom_key_store_id, region, key_id) WHERE custom_key_store_id IS NOT NULL;

-- Material in HSMs has no bytes here.
CREATE INDEX key_materials_without_bytes ON key_materials (key_material_id) WHERE wrapped = x'';
