<#
.SYNOPSIS
Runs the Pester tests against a built module, writes "passed failed skipped" to a file, and adds what failed to another.
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory)] [string] $Module,
    [string] $Package,
    [string] $Counts,
    [string] $Failures,
    [string[]] $Path = $PSScriptRoot
)

$ErrorActionPreference = 'Stop'
Import-Module Pester -MinimumVersion 5.0

# The tests find the module here, and never touch the store of the user who runs them.
$env:KMSTOOLS_TEST_MODULE = (Resolve-Path $Module).Path
$env:KMSTOOLS_TEST_PACKAGE = $Package ? (Resolve-Path $Package).Path : ''
$env:KMSTOOLS_STORE = Join-Path ([IO.Path]::GetTempPath()) "kmstools-tests-$([guid]::NewGuid().ToString('N'))"

# All files share one folder of HSM tokens: see Lab.ps1.
$env:KMSTOOLS_TEST_LAB = "$env:KMSTOOLS_STORE-lab"
try {
    $configuration = New-PesterConfiguration
    $configuration.Run.Path = $Path
    $configuration.Run.PassThru = $true
    $configuration.Output.Verbosity = 'Normal'
    $result = Invoke-Pester -Configuration $configuration
}
finally {
    if (Test-Path $env:KMSTOOLS_STORE) {
        if (Get-Command Disconnect-Kms -ErrorAction Ignore) { Disconnect-Kms }
        Remove-Item -Recurse -Force $env:KMSTOOLS_STORE
    }

    Remove-Item -Recurse -Force $env:KMSTOOLS_TEST_LAB -ErrorAction Ignore
    Remove-Item env:KMSTOOLS_TEST_LAB
}

# A file or a block that cannot run is a failure although no test of it has failed.
$failed = $result.FailedCount + $result.FailedBlocksCount + $result.FailedContainersCount
if ($Counts) {
    Set-Content -Path $Counts -Value "$($result.PassedCount) $failed $($result.SkippedCount + $result.NotRunCount)"
}

if ($Failures) {
    @($result.Failed) + @($result.FailedBlocks) + @($result.FailedContainers) | Where-Object { $_ } | ForEach-Object {
        Add-Content -Path $Failures -Value "    $($_.ExpandedPath ?? $_.Item) [FAIL]", ($_.ErrorRecord | Out-String)
    }
}

exit [Math]::Min($failed, 1)
