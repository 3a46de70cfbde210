"""boto3 as a client. The endpoint, the Region and the credentials of alice are in the environment."""
import boto3
from botocore.exceptions import ClientError

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
identity = boto3.client("sts").get_caller_identity()
assert (identity["UserId"], identity["Account"], identity["Arn"]) == ("AIDAXYDN7IBDLKQVIMBW5", "111122223333", "arn:aws:iam::111122223333:user/alice")
assert len(identity["ResponseMetadata"]["RequestId"]) == 36
try:
    boto3.client("sts", aws_access_key_id="AKIAAAAAAAAAAAAAAAAA", aws_secret_access_key="wrong").get_caller_identity()
    raise AssertionError("an unknown access key is taken")
except ClientError as error:
    assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    assert error.response["Error"] == {"Type": "Sender", "Code": "InvalidClientTokenId", "Message": "The security token included in the request is invalid."}
assumed = boto3.client("sts").assume_role(
    RoleArn="arn:aws:iam::111122223333:role/app", RoleSessionName="boto", ExternalId="partner-1",
    Tags=[{"Key": "team", "Value": "red"}], TransitiveTagKeys=["team"])
assert assumed["AssumedRoleUser"]["Arn"] == "arn:aws:sts::111122223333:assumed-role/app/boto"
assert assumed["Credentials"]["Expiration"].tzinfo is not None
credentials = {"aws_access_key_id": assumed["Credentials"]["AccessKeyId"], "aws_secret_access_key": assumed["Credentials"]["SecretAccessKey"]}
app = boto3.client("kms", aws_session_token=assumed["Credentials"]["SessionToken"], **credentials)
assert app.encrypt(KeyId=app.create_key()["KeyMetadata"]["KeyId"], Plaintext=b"hello")["CiphertextBlob"]
try:
    boto3.client("kms", aws_session_token=assumed["Credentials"]["SessionToken"][:-4] + "AAAA", **credentials).list_keys()
    raise AssertionError("a changed token is taken")
except ClientError as error:
    assert error.response["Error"] == {"Code": "UnrecognizedClientException", "Message": "The security token included in the request is invalid."}
print("done")
