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

# Temporary credentials: of alice, and of the role app, in which the trust policy asks for an external ID.
session=$(aws sts get-session-token --query 'Credentials.[AccessKeyId,SecretAccessKey,SessionToken]' --output text)
read -r id secret token <<< "$session"
[[ $(AWS_ACCESS_KEY_ID=$id AWS_SECRET_ACCESS_KEY=$secret AWS_SESSION_TOKEN=$token aws sts get-caller-identity --query Arn --output text) == arn:aws:iam::111122223333:user/alice ]]
! aws sts assume-role --role-arn arn:aws:iam::111122223333:role/app --role-session-name cli 2> "$folder/error"
grep -q '(AccessDenied) when calling the AssumeRole operation: User: arn:aws:iam::111122223333:user/alice is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::111122223333:role/app$' "$folder/error"
cat > "$folder/config" << END
[profile app]
role_arn = arn:aws:iam::111122223333:role/app
role_session_name = cli
external_id = partner-1
source_profile = alice
END
cat > "$folder/credentials" << END
[alice]
aws_access_key_id = $AWS_ACCESS_KEY_ID
aws_secret_access_key = $AWS_SECRET_ACCESS_KEY
END
# The CLI keeps sessions of roles in the home of the user, under names that do not tell stores apart.
as_app() { env -u AWS_ACCESS_KEY_ID -u AWS_SECRET_ACCESS_KEY HOME="$folder" AWS_CONFIG_FILE="$folder/config" AWS_SHARED_CREDENTIALS_FILE="$folder/credentials" aws --profile app "$@"; }
[[ $(as_app sts get-caller-identity --query Arn --output text) == arn:aws:sts::111122223333:assumed-role/app/cli ]]
[[ $(as_app kms create-key --query KeyMetadata.KeyState --output text) == Enabled ]]
echo done
