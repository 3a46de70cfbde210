#!/usr/bin/env bash
# The AWS CLI as a client. AWS_ENDPOINT_URL_KMS, AWS_ENDPOINT_URL_STS, the Region and the credentials of alice are in the environment.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
printf 'hello' > "$folder/plain"
key=$(aws kms create-key --description cli --query KeyMetadata.KeyId --output text)
aws kms create-alias --alias-name alias/cli --target-key-id "$key"
aws kms encrypt --key-id alias/cli --plaintext "fileb://$folder/plain" --encryption-context purpose=test \
    --query CiphertextBlob --output text | base64 -d > "$folder/sealed"
[[ $(aws kms decrypt --ciphertext-blob "fileb://$folder/sealed" --encryption-context purpose=test --query Plaintext --output text | base64 -d) == hello ]]
! aws kms decrypt --ciphertext-blob "fileb://$folder/sealed" 2> "$folder/error"
grep -q '(InvalidCiphertextException)' "$folder/error"
aws kms schedule-key-deletion --key-id "$key" --pending-window-in-days 7 > /dev/null
[[ $(aws kms describe-key --key-id "$key" --query KeyMetadata.KeyState --output text) == PendingDeletion ]]
aws sts get-caller-identity --output json > "$folder/identity"
diff "$folder/identity" - << END
{
    "UserId": "AIDAXYDN7IBDLKQVIMBW5",
    "Account": "111122223333",
    "Arn": "arn:aws:iam::111122223333:user/alice"
}
END
! AWS_SECRET_ACCESS_KEY=wrong aws sts get-caller-identity 2> "$folder/error"
grep -q '(SignatureDoesNotMatch)' "$folder/error"
! aws sts get-session-token 2> "$folder/error"
grep -q '(InvalidAction) when calling the GetSessionToken operation: Could not find operation GetSessionToken for version 2011-06-15$' "$folder/error"
echo done
