-- The condition as every database knows it.
DROP INDEX key_materials_without_bytes;
CREATE INDEX key_materials_without_bytes ON key_materials (key_material_id) WHERE length(wrapped) = 0;

-- Without these figures SQLite finds the grants of one grantee by reading all grants of the key.
INSERT INTO sqlite_stat1 VALUES
    ('grants', 'grants', '1000000 1000000 1000000 1'),
    ('grants', 'grants_by_request', '1000000 1000000 1000000 1'),
    ('grants', 'grants_by_grantee', '1000000 1000000 1000000 1 1 1'),
    ('grants', 'grants_by_retiring', '1000000 1000000 1 1 1');
