#Requires -Modules @{ ModuleName = 'AWS.Tools.KeyManagementService'; ModuleVersion = '4.1.0' }
# Brings the keys of an application about: makes what is missing, leaves what is there, and reports what it has done. Safe to run again.
param([string] $Application = 'shop', [string[]] $Purpose = @('orders', 'invoices'))
$ErrorActionPreference = 'Stop'
Import-Module AWS.Tools.KeyManagementService
Set-DefaultAWSRegion -Region eu-central-1

function Get-OrNewKey([string] $Alias, [string] $Description) {
    try {
        $key = Get-KMSKey -KeyId $Alias
        Write-Output "found: $Alias"
    }
    catch [Amazon.KeyManagementService.Model.NotFoundException] {
        $tag = New-Object Amazon.KeyManagementService.Model.Tag
        $tag.TagKey = 'application'
        $tag.TagValue = $Application
        $key = New-KMSKey -Description $Description -KeySpec symmetric_default -KeyUsage encrypt_decrypt -Tag $tag
        New-KMSAlias -AliasName $Alias -TargetKeyId $key.KeyId
        Write-Output "created: $Alias"
    }

    if ($key.KeyState.Value -ne 'Enabled') {
        throw "$Alias is $($key.KeyState.Value)."
    }

    if (-not (Get-KMSKeyRotationStatus -KeyId $key.KeyId)) {
        Enable-KMSKeyRotation -KeyId $key.KeyId -RotationPeriodInDay 180
        Write-Output "rotation switched on: $Alias"
    }
}

foreach ($round in 1..2) {
    Write-Output "round $round"
    foreach ($name in $Purpose) {
        Get-OrNewKey -Alias "alias/$Application/$name" -Description "$name of $Application"
    }
}

# The statement that lets a role use a key is added to its policy, once.
$key = Get-KMSKey -KeyId "alias/$Application/orders"
$policy = Get-KMSKeyPolicy -KeyId $key.KeyId -PolicyName default | ConvertFrom-Json
$policy.Statement += [pscustomobject] @{
    Sid       = 'Use'
    Effect    = 'Allow'
    Principal = @{ AWS = "arn:aws:iam::$($key.AWSAccountId):role/$Application" }
    Action    = @('kms:Encrypt', 'kms:Decrypt', 'kms:GenerateDataKey*')
    Resource  = '*'
}
Write-KMSKeyPolicy -KeyId $key.KeyId -PolicyName default -Policy ($policy | ConvertTo-Json -Depth 8)
Write-Output "statements: $((Get-KMSKeyPolicy -KeyId $key.KeyId -PolicyName default | ConvertFrom-Json).Statement.Sid -join ', ')"

# A second alias of the same name is refused by its own exception.
try {
    New-KMSAlias -AliasName "alias/$Application/orders" -TargetKeyId $key.KeyId
}
catch [Amazon.KeyManagementService.Model.AlreadyExistsException] {
    Write-Output "refused: $($_.Exception.InnerException.ErrorCode) $([int] $_.Exception.InnerException.StatusCode)"
}

Write-Output "region: $($key.Arn.Split(':')[3]), default: $((Get-DefaultAWSRegion).Region)"
Clear-DefaultAWSRegion
