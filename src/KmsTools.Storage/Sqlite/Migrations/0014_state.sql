-- What tokens, ciphertexts and the IDs of key material depend on, each wrapped under the root key, and never changed.
CREATE TABLE store_secrets (
    name TEXT NOT NULL PRIMARY KEY,
    wrapped BLOB NOT NULL
) STRICT, WITHOUT ROWID;
