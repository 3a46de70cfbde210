#!/usr/bin/env bash
# The AWS CLI as a client. AWS_ENDPOINT_URL_KMS, the Region and the credentials are in the environment.
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
echo done
