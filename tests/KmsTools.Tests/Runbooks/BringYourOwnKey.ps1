# Imports key material that was made elsewhere, rotates to new material, and survives the loss of both.
param([string] $Region = 'us-east-1')
$ErrorActionPreference = 'Stop'

function Import-Material([string] $KeyId, [byte[]] $Material, [hashtable] $Options) {
    $parameters = Get-KMSParametersForImport -KeyId $KeyId -WrappingAlgorithm RSAES_OAEP_SHA_256 -WrappingKeySpec RSA_2048 -Region $Region
    $rsa = [System.Security.Cryptography.RSA]::Create()
    $read = 0
    $rsa.ImportSubjectPublicKeyInfo($parameters.PublicKey.ToArray(), [ref] $read)
    $wrapped = $rsa.Encrypt($Material, [System.Security.Cryptography.RSAEncryptionPadding]::OaepSHA256)
    Import-KMSKeyMaterial -KeyId $KeyId -ImportToken $parameters.ImportToken -EncryptedKeyMaterial $wrapped `
        -ExpirationModel KEY_MATERIAL_DOES_NOT_EXPIRE -Region $Region @Options
}

# The material lives in a vault of its owner.
$vault = @{}
foreach ($year in 2030, 2031) {
    $vault[$year] = [System.Security.Cryptography.RandomNumberGenerator]::GetBytes(32)
}

# Step 1: a key without material, and its first material.
$key = New-KMSKey -Origin EXTERNAL -Description 'bring your own key' -Region $Region
"created: $($key.KeyState)"
$first = Import-Material $key.KeyId $vault[2030] @{ KeyMaterialDescription = 'year 2030' }
"imported: $((Get-KMSKey -KeyId $key.KeyId -Region $Region).KeyState)"
$document = Invoke-KMSEncrypt -KeyId $key.KeyId -Plaintext 'contract' -EncryptionContext @{ department = 'legal' } -Region $Region

# Step 2: new material, and a rotation to it.
$second = Import-Material $key.KeyId $vault[2031] @{ ImportType = 'NEW_KEY_MATERIAL'; KeyMaterialDescription = 'year 2031' }
$null = Start-KMSRotateKeyOnDemand -KeyId $key.KeyId -Region $Region
$current = (Get-KMSKey -KeyId $key.KeyId -Region $Region).CurrentKeyMaterialId
"rotated: $($current -eq $second.KeyMaterialId)"
foreach ($entry in Get-KMSKeyRotation -KeyId $key.KeyId -IncludeKeyMaterial ALL_KEY_MATERIAL -Region $Region) {
    "$($entry.KeyMaterialDescription): $($entry.KeyMaterialState), $($entry.ImportState)"
}

# Step 3: the old material is lost. The whole key waits for it.
$null = Remove-KMSImportedKeyMaterial -KeyId $key.KeyId -KeyMaterialId $first.KeyMaterialId -Region $Region -Force
"lost: $((Get-KMSKey -KeyId $key.KeyId -Region $Region).KeyState)"
try {
    $null = Invoke-KMSDecrypt -CiphertextBlob $document.CiphertextBlob -EncryptionContext @{ department = 'legal' } -Region $Region
}
catch {
    "refused: $($_.Exception.Message -replace '^.*/')"
}

# Step 4: only the same bytes bring it back.
try {
    $null = Import-Material $key.KeyId ([System.Security.Cryptography.RandomNumberGenerator]::GetBytes(32)) @{}
}
catch {
    'refused: other bytes'
}
$null = Import-Material $key.KeyId $vault[2030] @{}
"restored: $((Get-KMSKey -KeyId $key.KeyId -Region $Region).KeyState)"
$opened = Invoke-KMSDecrypt -CiphertextBlob $document.CiphertextBlob -EncryptionContext @{ department = 'legal' } -Region $Region
"opened: $([System.IO.StreamReader]::new($opened.Plaintext).ReadToEnd()) with the material of 2030: $($opened.KeyMaterialId -eq $first.KeyMaterialId)"
