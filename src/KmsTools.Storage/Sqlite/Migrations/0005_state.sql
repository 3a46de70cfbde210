-- Where the PIN of the crypto user comes from, as PKCS#11 URIs named it: a file, or (in temporary stores) the PIN, wrapped. In tokens,
-- manufacturer and model of an HSM follow its library, and then "uri" where a URI named it.
ALTER TABLE hsm_clusters ADD COLUMN pin_source TEXT;
ALTER TABLE hsm_clusters ADD COLUMN wrapped_pin BLOB;
