# Finds keys that nobody uses, takes them out of service in two steps, and brings one back that was needed after all.
param([string] $Region = 'us-east-1', [int] $PendingWindowInDays = 14)
$ErrorActionPreference = 'Stop'

# The estate: three application keys, of which only one is in use.
$keys = foreach ($name in 'billing', 'reports', 'archive') {
    $key = New-KMSKey -Description "Key of $name" -Region $Region `
        -Tag @{ TagKey = 'application'; TagValue = $name }, @{ TagKey = 'owner'; TagValue = 'platform' }
    New-KMSAlias -AliasName "alias/$name" -TargetKeyId $key.KeyId -Region $Region
    $key
}
$null = New-KMSDataKey -KeyId alias/billing -KeySpec AES_256 -Region $Region

# Step 1: which customer managed keys of the platform team were never used?
$unused = Get-KMSKeyList -Region $Region | ForEach-Object {
    $metadata = Get-KMSKey -KeyId $_.KeyId -Region $Region
    if ($metadata.KeyManager -ne 'CUSTOMER' -or $metadata.KeyState -ne 'Enabled') { return }
    $owner = (Get-KMSResourceTag -KeyId $_.KeyId -Region $Region | Where-Object TagKey -EQ 'owner').TagValue
    $usage = Get-KMSKeyLastUsage -KeyId $_.KeyId -Region $Region
    if ($owner -eq 'platform' -and -not $usage.KeyLastUsage.Timestamp) { $metadata }
}
"unused: $($unused.Description -join ', ')"

# Step 2: disable them, and say why.
foreach ($key in $unused) {
    Disable-KMSKey -KeyId $key.KeyId -Region $Region
    Add-KMSResourceTag -KeyId $key.KeyId -Tag @{ TagKey = 'retired'; TagValue = 'unused' } -Region $Region
    Update-KMSKeyDescription -KeyId $key.KeyId -Description "$($key.Description) (retired)" -Region $Region
}

# Step 3: nobody complained, so schedule the deletion.
foreach ($key in $unused) {
    $scheduled = Request-KMSKeyDeletion -KeyId $key.KeyId -PendingWindowInDay $PendingWindowInDays -Region $Region -Force
    "$($scheduled.KeyState): $($key.Description) in $($scheduled.PendingWindowInDays) days"
}

# Step 4: the archive is needed after all.
try {
    $null = Invoke-KMSEncrypt -KeyId alias/archive -Plaintext 'year-end report' -Region $Region
}
catch {
    "refused: $($_.Exception.Message -replace '^.*/')"
    $null = Stop-KMSKeyDeletion -KeyId (Get-KMSKey -KeyId alias/archive -Region $Region).KeyId -Region $Region
    Enable-KMSKey -KeyId (Get-KMSKey -KeyId alias/archive -Region $Region).KeyId -Region $Region
    Remove-KMSResourceTag -KeyId (Get-KMSKey -KeyId alias/archive -Region $Region).KeyId -TagKey retired -Region $Region -Force
}
$sealed = Invoke-KMSEncrypt -KeyId alias/archive -Plaintext 'year-end report' -Region $Region
$opened = (Invoke-KMSDecrypt -CiphertextBlob $sealed.CiphertextBlob -Region $Region).Plaintext
"opened: $([System.IO.StreamReader]::new($opened).ReadToEnd())"

# The result, as it is reported.
foreach ($key in $keys) {
    $now = Get-KMSKey -KeyId $key.KeyId -Region $Region
    "$($now.Description): $($now.KeyState)"
}
