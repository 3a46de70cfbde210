-- What decisions need of the past, also when its events are dropped.
CREATE TABLE key_material_facts (
    key_id TEXT NOT NULL,
    region TEXT NOT NULL,
    kind TEXT NOT NULL,
    time INTEGER NOT NULL,
    cluster_id TEXT NOT NULL,
    backing_key_id TEXT NOT NULL,
    PRIMARY KEY (key_id, region, kind, time, cluster_id, backing_key_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE hsm_restorations (
    cluster_id TEXT NOT NULL,
    time INTEGER NOT NULL,
    backup_id TEXT NOT NULL,
    backup_cluster_id TEXT NOT NULL,
    backup_time INTEGER NOT NULL,
    PRIMARY KEY (cluster_id, time)
) STRICT, WITHOUT ROWID;

CREATE TABLE former_aliases (
    region TEXT NOT NULL,
    alias_name TEXT NOT NULL,
    target_key_id TEXT NOT NULL,
    PRIMARY KEY (region, alias_name)
) STRICT, WITHOUT ROWID;

-- From the events of earlier versions. backingKey, backingKeys and backingKeysDeletionStatus are JSON within JSON.
CREATE TEMP TABLE told AS
SELECT key_id, region, name, time,
       json_extract(CAST(json AS TEXT), '$.requestParameters') AS request,
       json_extract(CAST(json AS TEXT), '$.additionalEventData') AS more,
       json_extract(CAST(json AS TEXT), '$.responseElements.keyMetadata.cloudHsmClusterId') AS cluster_id
FROM events
WHERE error_code IS NULL AND name IN ('CreateKey', 'DeleteKey', 'RemoveOrphanedKeyMaterial', 'RestoreHsmCluster', 'CreateAlias', 'UpdateAlias')
ORDER BY seq;

INSERT OR IGNORE INTO key_material_facts
SELECT key_id, region, 'CREATED', time, coalesce(cluster_id, ''), json_extract(json_extract(more, '$.backingKey'), '$.backingKeyId')
FROM told WHERE name = 'CreateKey' AND json_extract(more, '$.backingKey') IS NOT NULL;

INSERT OR IGNORE INTO key_material_facts
SELECT key_id, region, 'DELETED', time, coalesce(json_extract(more, '$.clusterId'), ''),
       coalesce(json_extract(json_extract(more, '$.backingKeys'), '$[0].backingKeyId'), '')
FROM told WHERE name = 'DeleteKey';

INSERT OR IGNORE INTO key_material_facts
SELECT key_id, region, 'DESTROYED', time, coalesce(json_extract(more, '$.clusterId'), ''),
       coalesce(json_extract(json_extract(more, '$.backingKeys'), '$[0].backingKeyId'), '')
FROM told WHERE name = 'DeleteKey'
AND json_extract(json_extract(more, '$.backingKeysDeletionStatus'), '$[0].deletionStatus') = 'SUCCESS';

INSERT OR IGNORE INTO key_material_facts
SELECT key_id, region, 'DESTROYED', time, coalesce(json_extract(request, '$.clusterId'), ''), coalesce(json_extract(request, '$.backingKeyId'), '')
FROM told WHERE name = 'RemoveOrphanedKeyMaterial' AND key_id IS NOT NULL;

INSERT OR IGNORE INTO hsm_restorations
SELECT json_extract(request, '$.clusterId'), time, json_extract(request, '$.backupId'), json_extract(more, '$.backupClusterId'),
       CAST(round(unixepoch(json_extract(more, '$.backupCreationDate'), 'subsec') * 1000) AS INTEGER)
FROM told WHERE name = 'RestoreHsmCluster';

-- Where the alias still exists, this row is not read, and replaced when it is deleted.
INSERT INTO former_aliases
SELECT region, json_extract(request, '$.aliasName'), json_extract(request, '$.targetKeyId')
FROM told
WHERE name IN ('CreateAlias', 'UpdateAlias') AND json_extract(request, '$.targetKeyId') IS NOT NULL
ORDER BY time
ON CONFLICT (region, alias_name) DO UPDATE SET target_key_id = excluded.target_key_id;

DROP TABLE told;
