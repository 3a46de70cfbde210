<#
.SYNOPSIS
Runs the Pester tests against a built module.

.DESCRIPTION
Several processes may share the work: each takes the next file that no other has taken. What happened is written to the folder of
the results under the name of this run: the counts "passed failed skipped", what failed, what was skipped and why, and the time of each file.
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory)] [string] $Module,
    [string] $Package,
    [string[]] $Path = $PSScriptRoot,
    [string] $Results,
    [string] $Name = 'Pester'
)

$ErrorActionPreference = 'Stop'

# Always the Pester that build.sh has brought, in the processes that tests start as well.
$env:PSModulePath = (Resolve-Path "$PSScriptRoot/../../artifacts/modules").Path + [IO.Path]::PathSeparator + $env:PSModulePath
Import-Module "$PSScriptRoot/../../artifacts/modules/Pester"

$env:KMSTOOLS_TEST_MODULE = (Resolve-Path $Module).Path
$env:KMSTOOLS_TEST_PACKAGE = $Package ? (Resolve-Path $Package).Path : ''

# The tests never touch what belongs to the user who runs them, and all files of a run share one folder of HSM tokens: see Lab.ps1.
$own = Join-Path ([IO.Path]::GetTempPath()) "kmstools-tests-$([guid]::NewGuid().ToString('N'))"
$env:KMSTOOLS_STORE = Join-Path $own 'store'
$env:KMSTOOLS_TEST_LAB = Join-Path $own 'lab'
$env:AWS_REGION = $env:AWS_DEFAULT_REGION = ''
$env:XDG_DATA_HOME = (New-Item -ItemType Directory (Join-Path $own 'data')).FullName

$claims = $Results ? (New-Item -ItemType Directory -Force (Join-Path $Results "claims$env:KMSTOOLS_TEST_STORE")).FullName : $null

# Whether this run has the file for itself.
function Register-Claim([IO.FileInfo] $File) {
    if (-not $claims) { return $true }
    try {
        $claim = [IO.Path]::GetRelativePath($PSScriptRoot, $File.FullName) -replace '[\\/]', '-'
        [IO.File]::Open((Join-Path $claims $claim), 'CreateNew').Dispose()
        $true
    }
    catch [IO.IOException] {
        $false
    }
}

$passed = $failed = $skipped = 0
$failures, $skips, $times = 1..3 | ForEach-Object { , [Collections.Generic.List[string]]::new() }
try {
    # The largest first, so that no process is left alone with one at the end.
    $files = Get-ChildItem $Path -Recurse -File -Filter *.Tests.ps1 | Sort-Object Length -Descending
    foreach ($file in $files) {
        if (-not (Register-Claim $file)) { continue }
        $configuration = New-PesterConfiguration
        $configuration.Run.Path = $file.FullName
        $configuration.Run.PassThru = $true
        $configuration.Output.Verbosity = 'Normal'
        $result = Invoke-Pester -Configuration $configuration

        # A file or a block that cannot run is a failure although no test of it has failed.
        $wrong = @($result.Failed) + @($result.FailedBlocks) + @($result.FailedContainers) | Where-Object { $_ }
        $passed += $result.PassedCount
        $failed += @($wrong).Count
        $skipped += $result.SkippedCount + $result.NotRunCount
        $times.Add("$([Math]::Round($result.Duration.TotalSeconds, 1)) $($file.Name)")
        foreach ($one in $wrong) {
            $failures.Add("    $($one.ExpandedPath ?? $one.Item) [FAIL]`n$($one.ErrorRecord | Out-String)")
        }

        foreach ($one in $result.Skipped) {
            $skips.Add("$($one.ExpandedPath): $($one.ErrorRecord.Exception.Message -join '; ')")
        }
    }
}
finally {
    if (Get-Command Disconnect-Kms -ErrorAction Ignore) { Disconnect-Kms }
    if (Get-Command Stop-LabServer -ErrorAction Ignore) { Stop-LabServer }
    Remove-Item -Recurse -Force $own -ErrorAction Ignore
}

if ($Results) {
    $failures | Set-Content (Join-Path $Results "$Name.failures")
    $skips | Set-Content (Join-Path $Results "$Name.skips")
    $times | Set-Content (Join-Path $Results "$Name.times")
    "$passed $failed $skipped" | Set-Content (Join-Path $Results "$Name.counts")
}

exit [Math]::Min($failed, 1)
