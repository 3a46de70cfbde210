# Seals the secrets in a settings file with a data key (envelope encryption), moves them under a new key, and opens them again.
param([Parameter(Mandatory)] [string] $Folder)
$ErrorActionPreference = 'Stop'
Import-Module AWS.Tools.Common, AWS.Tools.KeyManagementService
Initialize-AWSDefaultConfiguration -ProfileName deploy -Region eu-west-1
$context = @{ file = 'settings.json'; stage = 'test' }
$file = Join-Path $Folder settings.json

function Protect-Text([byte[]] $Key, [string] $Text) {
    $aes = [System.Security.Cryptography.AesGcm]::new($Key, 16)
    $nonce = [System.Security.Cryptography.RandomNumberGenerator]::GetBytes(12)
    $plain = [Text.Encoding]::UTF8.GetBytes($Text)
    $cipher, $tag = [byte[]]::new($plain.Length), [byte[]]::new(16)
    $aes.Encrypt($nonce, $plain, $cipher, $tag)
    [Convert]::ToBase64String($nonce + $tag + $cipher)
}

function Unprotect-Text([byte[]] $Key, [string] $Text) {
    $bytes = [Convert]::FromBase64String($Text)
    $aes = [System.Security.Cryptography.AesGcm]::new($Key, 16)
    $plain = [byte[]]::new($bytes.Length - 28)
    $aes.Decrypt($bytes[0..11], $bytes[28..($bytes.Length - 1)], $bytes[12..27], $plain)
    [Text.Encoding]::UTF8.GetString($plain)
}

# Seal: the data key lies beside what it sealed, encrypted, in Base64.
$old = New-KMSKey -Description 'settings 2025'
New-KMSAlias -AliasName alias/settings -TargetKeyId $old.KeyId
$dataKey = New-KMSDataKey -KeyId alias/settings -KeySpec aes_256 -EncryptionContext $context
@{
    database = Protect-Text $dataKey.Plaintext.ToArray() 'Server=db;Password=4711'
    token    = Protect-Text $dataKey.Plaintext.ToArray() 'abc-123'
    key      = [Convert]::ToBase64String($dataKey.CiphertextBlob.ToArray())
} | ConvertTo-Json | Set-Content $file
"sealed: $((Get-Content $file -Raw | ConvertFrom-Json).PSObject.Properties.Name.Count) members, clear text found: $((Get-Content $file -Raw) -match '4711')"

# Move under a new key, without the data key in this process.
$new = New-KMSKey -Description 'settings 2026'
Update-KMSAlias -AliasName alias/settings -TargetKeyId $new.KeyId
$settings = Get-Content $file -Raw | ConvertFrom-Json
$moved = Invoke-KMSReEncrypt -CiphertextBlob ([Convert]::FromBase64String($settings.key)) -DestinationKeyId alias/settings `
    -SourceEncryptionContext $context -DestinationEncryptionContext $context
$settings.key = [Convert]::ToBase64String($moved.CiphertextBlob.ToArray())
$settings | ConvertTo-Json | Set-Content $file
"moved: $($moved.SourceKeyId -eq $old.Arn), $($moved.KeyId -eq $new.Arn), $($moved.DestinationEncryptionAlgorithm.Value)"

# Open.
$settings = Get-Content $file -Raw | ConvertFrom-Json
$blob = [System.IO.MemoryStream]::new([Convert]::FromBase64String($settings.key))
$opened = Invoke-KMSDecrypt -CiphertextBlob $blob -EncryptionContext $context -Select Plaintext
"opened: $(Unprotect-Text $opened.ToArray() $settings.database), $(Unprotect-Text $opened.ToArray() $settings.token)"

# The wrong stage, and the wrong key.
foreach ($attempt in @(
    { Invoke-KMSDecrypt -CiphertextBlob ([Convert]::FromBase64String($settings.key)) -EncryptionContext @{ file = 'settings.json'; stage = 'prod' } }
    { Invoke-KMSDecrypt -CiphertextBlob ([Convert]::FromBase64String($settings.key)) -EncryptionContext $context -KeyId $old.KeyId }
)) {
    try {
        $null = & $attempt
    }
    catch [Amazon.KeyManagementService.Model.InvalidCiphertextException] {
        'refused: not this ciphertext, or not this context'
    }
    catch [Amazon.KeyManagementService.Model.IncorrectKeyException] {
        'refused: not this key'
    }
}
