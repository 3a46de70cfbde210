"""boto3 as a client. The endpoint, the Region and the credentials are in the environment."""
import boto3

kms = boto3.client("kms")
key = kms.create_key(Description="boto3", Tags=[{"TagKey": "a", "TagValue": "b"}])["KeyMetadata"]
assert key["CreationDate"].year >= 2025
sealed = kms.encrypt(KeyId=key["Arn"], Plaintext=b"hello", EncryptionContext={"purpose": "test"})["CiphertextBlob"]
assert kms.decrypt(CiphertextBlob=sealed, EncryptionContext={"purpose": "test"})["Plaintext"] == b"hello"
assert len(kms.generate_data_key(KeyId=key["KeyId"], KeySpec="AES_256")["Plaintext"]) == 32
kms.disable_key(KeyId=key["KeyId"])
try:
    kms.encrypt(KeyId=key["KeyId"], Plaintext=b"hello")
    raise AssertionError("a disabled key encrypts")
except kms.exceptions.DisabledException as error:
    assert error.response["Error"]["Message"] == key["Arn"] + " is disabled."
assert any(entry["KeyId"] == key["KeyId"] for page in kms.get_paginator("list_keys").paginate() for entry in page["Keys"])
print("done")
