-- As 0017_state.sql of state.db.
ALTER TABLE keys ADD COLUMN material_count bigint;
