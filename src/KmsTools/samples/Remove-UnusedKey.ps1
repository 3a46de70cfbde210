<#
.SYNOPSIS
Retires unused keys: disables them first, and schedules their deletion if they are not needed in the following days.

.DESCRIPTION
A customer managed key is unused if it was neither used nor created within -UnusedForDays. An unused key is disabled and tagged with
the date. A key that was disabled in this way and was not needed for -QuietDays is scheduled for deletion. A key that was enabled
again, or that has the exemption tag, is left unchanged. Run the script once a day.

.OUTPUTS
An object for each key that was changed: KeyId, Description, Action.
#>
[CmdletBinding(SupportsShouldProcess)]
param(
    [ValidateRange(1, 3650)] [int] $UnusedForDays = 90,
    [ValidateRange(1, 365)] [int] $QuietDays = 30,
    [ValidateRange(7, 30)] [int] $PendingWindowInDays = 30,
    [datetime] $Today = [datetime]::UtcNow,
    [string] $ExemptionTag = 'keep',
    [string] $DisabledTag = 'disabled-as-unused'
)

$ErrorActionPreference = 'Stop'

function New-Result($Key, $Action) {
    [pscustomobject] @{ KeyId = $Key.KeyId; Description = $Key.Description; Action = $Action }
}

foreach ($entry in Get-KMSKeyList) {
    $key = Get-KMSKey -KeyId $entry.KeyId
    if ($key.KeyManager -ne 'CUSTOMER') { continue }

    $tags = @{}
    Get-KMSResourceTag -KeyId $key.KeyId | ForEach-Object { $tags[$_.TagKey] = $_.TagValue }
    if ($tags.ContainsKey($ExemptionTag)) { continue }

    switch ($key.KeyState) {
        'Enabled' {
            if ($tags.ContainsKey($DisabledTag)) {
                # The key was needed: its period without use starts again.
                if ($PSCmdlet.ShouldProcess($key.KeyId, 'Forget that it was unused')) {
                    Remove-KMSResourceTag -KeyId $key.KeyId -TagKey $DisabledTag -Force
                    New-Result $key 'Kept'
                }

                continue
            }

            $lastUse = (Get-KMSKeyLastUsage -KeyId $key.KeyId).KeyLastUsage.Timestamp ?? $key.CreationDate
            if ($lastUse -lt $Today.AddDays(-$UnusedForDays) -and $PSCmdlet.ShouldProcess($key.KeyId, 'Disable')) {
                Add-KMSResourceTag -KeyId $key.KeyId -Tag @{ TagKey = $DisabledTag; TagValue = $Today.ToString('yyyy-MM-dd') }
                Disable-KMSKey -KeyId $key.KeyId
                New-Result $key 'Disabled'
            }
        }

        'Disabled' {
            $since = $tags[$DisabledTag] -as [datetime]
            if ($since -and $since -le $Today.Date.AddDays(-$QuietDays) -and $PSCmdlet.ShouldProcess($key.KeyId, 'Schedule deletion')) {
                $null = Request-KMSKeyDeletion -KeyId $key.KeyId -PendingWindowInDay $PendingWindowInDays -Force
                New-Result $key 'DeletionScheduled'
            }
        }
    }
}
