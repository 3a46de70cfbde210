# A release pipeline: signs artefacts, lets another team verify and decrypt, keeps a copy of the data key in a second Region.
param([string] $Region = 'us-east-1', [string] $SecondRegion = 'eu-west-1')
$ErrorActionPreference = 'Stop'

# Step 1: a signing key whose public half goes to everybody.
$signer = New-KMSKey -KeySpec ECC_NIST_P256 -KeyUsage SIGN_VERIFY -Description 'release signing' -Region $Region
New-KMSAlias -AliasName alias/release -TargetKeyId $signer.KeyId -Region $Region
$artefact = [System.Text.Encoding]::UTF8.GetBytes('release 1.2.3')
$digest = [System.Security.Cryptography.SHA256]::HashData($artefact)
$signature = Invoke-KMSSigning -KeyId alias/release -Message $digest -MessageType DIGEST -SigningAlgorithm ECDSA_SHA_256 -Region $Region -Select Signature

$public = Get-KMSPublicKey -KeyId alias/release -Region $Region -Select PublicKey
$ecdsa = [System.Security.Cryptography.ECDsa]::Create()
$read = 0
$ecdsa.ImportSubjectPublicKeyInfo($public.ToArray(), [ref] $read)
$format = [System.Security.Cryptography.DSASignatureFormat]::Rfc3279DerSequence
"verified outside: $($ecdsa.VerifyHash($digest, $signature.ToArray(), $format))"
"verified by KMS: $(Test-KMSSignature -KeyId alias/release -Message $digest -MessageType DIGEST -Signature $signature -SigningAlgorithm ECDSA_SHA_256 -Region $Region)"

# Step 2: a damaged artefact is not the one that was signed.
try {
    $null = Test-KMSSignature -KeyId alias/release -Message ([byte[]] $digest[31..0]) -MessageType DIGEST -Signature $signature -SigningAlgorithm ECDSA_SHA_256 -Region $Region
}
catch {
    "refused: $($_.FullyQualifiedErrorId.Split(',')[0])"
}

# Step 3: a key that works in two Regions, and a grant for the team that decrypts.
$primary = New-KMSKey -MultiRegion $true -Description 'release secrets' -Region $Region
$null = New-KMSReplicaKey -KeyId $primary.KeyId -ReplicaRegion $SecondRegion -Region $Region
$grant = New-KMSGrant -KeyId $primary.KeyId -GranteePrincipal 'arn:aws:iam::111122223333:role/deploy' -Operation Decrypt, DescribeKey `
    -Name 'deploy' -Region $Region
"grants: $((Get-KMSGrantList -KeyId $primary.KeyId -Region $Region | Where-Object GrantId -EQ $grant.GrantId).Operations -join ', ')"
$dataKey = New-KMSDataKey -KeyId $primary.KeyId -KeySpec AES_256 -Region $Region
$elsewhere = Invoke-KMSDecrypt -CiphertextBlob $dataKey.CiphertextBlob -Region $SecondRegion
"same data key in ${SecondRegion}: $(-not (Compare-Object $dataKey.Plaintext.ToArray() $elsewhere.Plaintext.ToArray()))"

# Step 4: a token for webhooks.
$mac = New-KMSKey -KeySpec HMAC_256 -KeyUsage GENERATE_VERIFY_MAC -Region $Region
$token = New-KMSMac -KeyId $mac.KeyId -Message 'order 4711' -MacAlgorithm HMAC_SHA_256 -Region $Region -Select Mac
"token: $($token.Length) bytes, valid: $((Test-KMSMac -KeyId $mac.KeyId -Message 'order 4711' -Mac $token -MacAlgorithm HMAC_SHA_256 -Region $Region -Select MacValid))"

# Step 5: the team moves on; the grant and the key go.
Revoke-KMSGrant -KeyId $primary.KeyId -GrantId $grant.GrantId -Region $Region -Force
"grants left: $(@(Get-KMSGrantList -KeyId $primary.KeyId -Region $Region).Count)"
$scheduled = Request-KMSKeyDeletion -KeyId $primary.KeyId -PendingWindowInDay 7 -Region $Region -Force
"primary: $($scheduled.KeyState)"
$scheduled = Request-KMSKeyDeletion -KeyId $primary.KeyId -PendingWindowInDay 7 -Region $SecondRegion -Force
"replica: $($scheduled.KeyState)"
