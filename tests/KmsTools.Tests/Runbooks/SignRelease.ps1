#Requires -Version 7.0
#Requires -Modules AWS.Tools.Common, AWS.Tools.KeyManagementService
# Signs the files of a release: digests are signed by a key that never leaves KMS, signatures go into a manifest in Base64, and anybody verifies
# them with the public key alone.
param([Parameter(Mandatory)] [string] $Folder)
$ErrorActionPreference = 'Stop'
Set-AWSCredential -AccessKey AKIAEXAMPLE -SecretKey example
$algorithm = [Amazon.KeyManagementService.SigningAlgorithmSpec]::ECDSA_SHA_256

$key = New-KMSKey -KeySpec ecc_nist_p256 -KeyUsage Sign_Verify -Description 'release signing' -Region us-east-1
New-KMSAlias -AliasName alias/release -TargetKeyId $key.KeyId -Region us-east-1
"key: $($key.KeySpec.Value), $($key.SigningAlgorithms -join ' ')"

# The release.
foreach ($name in 'app.zip', 'app.sbom') {
    Set-Content (Join-Path $Folder $name) "content of $name" -NoNewline
}

$manifest = foreach ($file in Get-ChildItem $Folder -File | Sort-Object Name) {
    $digest = [Convert]::FromHexString((Get-FileHash $file -Algorithm SHA256).Hash)
    $answer = Invoke-KMSSigning -KeyId alias/release -Message $digest -MessageType digest -SigningAlgorithm $algorithm -Region us-east-1 -Select *
    [pscustomobject] @{
        File      = $file.Name
        Algorithm = $answer.SigningAlgorithm
        Signature = [Convert]::ToBase64String($answer.Signature.ToArray())
    }
}
$manifest | ConvertTo-Json | Set-Content (Join-Path $Folder manifest.json)

# Verified by KMS, from what stands in the manifest.
$entries = Get-Content (Join-Path $Folder manifest.json) -Raw | ConvertFrom-Json
foreach ($entry in $entries) {
    $digest = [Convert]::FromHexString((Get-FileHash (Join-Path $Folder $entry.File) -Algorithm SHA256).Hash)
    $valid = Test-KMSSignature -KeyId alias/release -Message $digest -MessageType DIGEST -SigningAlgorithm $entry.Algorithm `
        -Signature ([Convert]::FromBase64String($entry.Signature)) -Region us-east-1 -Select SignatureValid
    "$($entry.File): $($entry.Algorithm), $valid"
}

# Verified outside of KMS.
$public = Get-KMSPublicKey -KeyId alias/release -Region us-east-1
$ecdsa = [System.Security.Cryptography.ECDsa]::Create()
$read = 0
$ecdsa.ImportSubjectPublicKeyInfo($public.PublicKey.ToArray(), [ref] $read)
$outside = $ecdsa.VerifyData(
    [IO.File]::ReadAllBytes((Join-Path $Folder app.zip)), [Convert]::FromBase64String(($entries | Where-Object File -EQ app.zip).Signature),
    [System.Security.Cryptography.HashAlgorithmName]::SHA256, [System.Security.Cryptography.DSASignatureFormat]::Rfc3279DerSequence)
"outside: $outside"

# A file that was changed.
Add-Content (Join-Path $Folder app.zip) 'x' -NoNewline
$digest = [Convert]::FromHexString((Get-FileHash (Join-Path $Folder app.zip) -Algorithm SHA256).Hash)
try {
    $null = Test-KMSSignature -KeyId alias/release -Message $digest -MessageType DIGEST -SigningAlgorithm $algorithm `
        -Signature ([Convert]::FromBase64String(($entries | Where-Object File -EQ app.zip).Signature)) -Region us-east-1
}
catch [Amazon.KeyManagementService.Model.KMSInvalidSignatureException] {
    "changed: $($_.Exception.InnerException.GetType().Name)"
}
catch [Amazon.Runtime.AmazonServiceException] {
    'changed: another error'
}
