-- The number of materials of a key with imported material, which may have none: that some are gone shows only against it. NULL where there
-- is none, and for keys that were not changed since; a column that is NULL is not covered by the MAC of a row, so that it stays.
ALTER TABLE keys ADD COLUMN material_count INTEGER;
