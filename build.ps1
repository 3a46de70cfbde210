<#
.SYNOPSIS
Builds, tests, shows and packs KmsTools: what build.sh does, from PowerShell.
#>
[CmdletBinding()]
param(
    [ValidateSet('Build', 'Test', 'Demo', 'Recording', 'Package', 'Benchmark')]
    [string] $Task = 'Build',

    # With Test: the longer campaigns too. With Benchmark: the largest stores too.
    [switch] $Full
)

$ErrorActionPreference = 'Stop'

# On Windows the bash of Git is meant, not the one of the Windows Subsystem for Linux, which is another machine.
$bash = if ($IsWindows) {
    Get-Command git -CommandType Application -ErrorAction Ignore | Select-Object -First 1 |
        ForEach-Object { Join-Path (Split-Path (Split-Path $_.Source)) 'bin' 'bash.exe' } | Where-Object { Test-Path $_ }
} else {
    (Get-Command bash -CommandType Application -ErrorAction Ignore | Select-Object -First 1).Source
}

if (-not $bash) {
    throw 'bash is needed. On Windows it comes with Git: https://git-scm.com/download/win'
}

& $bash (Join-Path $PSScriptRoot 'build.sh').Replace('\', '/') $Task.ToLowerInvariant() @($Full ? '--full' : @())
exit $LASTEXITCODE
