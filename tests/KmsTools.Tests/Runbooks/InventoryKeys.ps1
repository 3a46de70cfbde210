# Writes an inventory of all customer managed keys as CSV and as JSON, page by page, and checks it against the rules of the house.
param([Parameter(Mandatory)] [string] $Folder, [string] $Region = 'us-east-1')
$ErrorActionPreference = 'Stop'
Import-Module AWS.Tools.KeyManagementService -MinimumVersion 4.1.0

# What there is to take stock of.
$specs = @('SYMMETRIC_DEFAULT', 'HMAC_256', 'ECC_NIST_P256', 'SYMMETRIC_DEFAULT', 'SYMMETRIC_DEFAULT')
$usages = @{ HMAC_256 = 'GENERATE_VERIFY_MAC'; ECC_NIST_P256 = 'SIGN_VERIFY' }
foreach ($number in 0..4) {
    $usage = if ($usages[$specs[$number]]) { $usages[$specs[$number]] } else { 'ENCRYPT_DECRYPT' }
    $keyId = New-KMSKey -Description "key $number" -KeySpec $specs[$number] -KeyUsage $usage -Region $Region -Select KeyMetadata.KeyId
    New-KMSAlias -AliasName "alias/inventory-$number" -TargetKeyId $keyId -Region $Region
    if ($number -eq 3) { Disable-KMSKey -KeyId $keyId -Region $Region }
    if ($number -eq 4) { Enable-KMSKeyRotation -KeyId $keyId -Region $Region }
}

# One page after the other, as it is done where a list is long.
$found = @()
$pages = 0
$marker = $null
do {
    $page = if ($marker) {
        Get-KMSKeyList -Limit 2 -Marker $marker -Region $Region -Select *
    }
    else {
        Get-KMSKeyList -Limit 2 -NoAutoIteration -Region $Region -Select *
    }
    $found += $page.Keys
    $marker = $page.NextMarker
    $pages++
} while ($page.Truncated)
"pages: $pages, keys: $($found.Count), at once: $(@(Get-KMSKeyList -Region $Region).Count)"

$aliases = Get-KMSAliasList -Region $Region | Where-Object TargetKeyId | Group-Object TargetKeyId -AsHashTable -AsString
$inventory = foreach ($entry in $found) {
    $key = Get-KMSKey -KeyId $entry.KeyId -Region $Region
    if ($key.KeyManager.Value -ne 'CUSTOMER') { continue }
    $rotation = if ($key.KeySpec -eq 'SYMMETRIC_DEFAULT' -and $key.KeyState -eq 'enabled') {
        Get-KMSKeyRotationStatus -KeyId $key.KeyId -Region $Region
    }
    [pscustomobject] @{
        Alias    = $aliases[$key.KeyId].AliasName
        State    = $key.KeyState
        Spec     = $key.KeySpec.Value
        Usage    = "$($key.KeyUsage)"
        Rotation = $rotation
    }
}

$inventory | Sort-Object Alias | Export-Csv (Join-Path $Folder keys.csv) -NoTypeInformation
$inventory | Sort-Object Alias | ConvertTo-Json | Set-Content (Join-Path $Folder keys.json)

# The rules, on what was written.
$rows = Import-Csv (Join-Path $Folder keys.csv)
"states: $(($rows | Group-Object State | Sort-Object Name | ForEach-Object { "$($_.Name)=$($_.Count)" }) -join ', ')"
"without rotation: $(($rows | Where-Object Rotation -EQ 'False').Alias -join ', ')"
$json = Get-Content (Join-Path $Folder keys.json) -Raw | ConvertFrom-Json
"specs in JSON: $(($json.Spec | Sort-Object -Unique) -join ', ')"
"disabled in JSON: $(($json | Where-Object State -EQ 'Disabled').Alias)"
switch ('alias/inventory-3' | Get-KMSKey -Region $Region | Select-Object -ExpandProperty KeyState) {
    'Enabled' { 'inventory-3: usable' }
    'Disabled' { 'inventory-3: not usable' }
}
