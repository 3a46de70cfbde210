# Retires keys with a waiting period, keeps going where one of them cannot be retired, and takes one back.
param([string] $Region = 'us-west-2', [int] $Days = 7)
Import-Module AWSPowerShell.NetCore
$ErrorActionPreference = 'Stop'
$StoredAWSRegion = $Region

$names = 'web', 'batch', 'mail'
foreach ($name in $names) {
    $key = New-KMSKey -Description $name
    New-KMSAlias -AliasName "alias/$name" -TargetKeyId $key.KeyId
}

# One is on its way already, one name is wrong.
$null = Request-KMSKeyDeletion -KeyId (Get-KMSKey alias/batch).KeyId -PendingWindowInDay 30 -Force
$report = foreach ($name in $names + 'mial') {
    $row = [pscustomobject] @{ Name = $name; Result = $null; Until = $null }
    try {
        $key = Get-KMSKey -KeyId "alias/$name"
        $scheduled = Request-KMSKeyDeletion -KeyId $key.KeyId -PendingWindowInDays $Days -Force
        $row.Result = $scheduled.KeyState.Value
        $row.Until = ($scheduled.DeletionDate - $key.CreationDate).Days
    }
    catch [Amazon.KeyManagementService.Model.KMSInvalidStateException] {
        $row.Result = "left: $((Get-KMSKey -KeyId "alias/$name").KeyState)"
    }
    catch [Amazon.KeyManagementService.Model.NotFoundException] {
        $row.Result = 'unknown'
    }
    catch [Amazon.KeyManagementService.AmazonKeyManagementServiceException] {
        $row.Result = "failed: $($_.Exception.InnerException.ErrorCode)"
    }
    $row
}
$report | ForEach-Object { "$($_.Name): $($_.Result) $($_.Until)".TrimEnd() }

# A waiting period that AWS does not offer is no typed exception of its own, but one of the service.
try {
    $null = Request-KMSKeyDeletion -KeyId (Get-KMSKey alias/web).KeyId -PendingWindowInDay 3 -Force
}
catch [Amazon.KeyManagementService.AmazonKeyManagementServiceException] {
    $failure = $_.Exception.InnerException
    "refused: $($failure.ErrorCode), $($failure.StatusCode), request $($failure.RequestId.Length) characters"
}

# The mail key is needed after all.
$mail = (Get-KMSKey -KeyId alias/mail).KeyId
try {
    $null = Invoke-KMSEncrypt -KeyId alias/mail -Plaintext 'x'
}
catch {
    if ($_.Exception.InnerException -is [Amazon.KeyManagementService.Model.KMSInvalidStateException]) {
        $null = Stop-KMSKeyDeletion -KeyId $mail
        Enable-KMSKey -KeyId $mail
    }
}
"mail: $((Get-KMSKey -KeyId $mail).KeyState)"

# What is left, asked of all keys at once; a name that does not exist ends nothing here.
$states = 'alias/web', 'alias/mial', 'alias/mail' | Get-KMSKey -ErrorAction SilentlyContinue
"asked: $(($states | ForEach-Object { "$($_.Description)=$($_.KeyState)" }) -join ', ')"
"region: $((Get-KMSKeyList | Select-Object -First 1).KeyArn.Split(':')[3]), others: $(@(Get-KMSKeyList -Region eu-west-1).Count)"
