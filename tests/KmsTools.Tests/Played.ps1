# What the tests of sessions that are written down have in common.

# Runs a command in a new PowerShell of a user who has never used it before, in an empty folder. Returns its lines, with stable IDs.
function Invoke-AsNewUser([string] $Command) {
    $user = Join-Path ([IO.Path]::GetTempPath()) "user-$PID"
    $own = @{
        HOME                      = (New-Item -ItemType Directory $user -Force).FullName
        XDG_DATA_HOME             = $null
        XDG_CONFIG_HOME           = $null
        XDG_CACHE_HOME            = $null
        KMSTOOLS_STORE            = $null
        SOFTHSM2_CONF             = $null
        AWS_EC2_METADATA_DISABLED = 'true'
        TZ                        = 'UTC'
        NO_COLOR                  = '1'
        PSModulePath              = (Split-Path $env:KMSTOOLS_TEST_MODULE) + [IO.Path]::PathSeparator + $env:PSModulePath
    }
    (Get-ChildItem env:AWS_*).Name | Where-Object { $_ -and -not $own.ContainsKey($_) } | ForEach-Object { $own[$_] = $null }
    $before = @{}
    Push-Location $user
    try {
        foreach ($name in $own.Keys) {
            $before[$name] = [Environment]::GetEnvironmentVariable($name)
            [Environment]::SetEnvironmentVariable($name, $own[$name])
        }

        $shown = Invoke-NewPowerShell $Command 2>&1 | Out-String
    }
    finally {
        Pop-Location
        foreach ($name in $before.Keys) { [Environment]::SetEnvironmentVariable($name, $before[$name]) }
        Remove-Item $user -Recurse -Force -ErrorAction Ignore
    }

    @((ConvertTo-StableText $shown).Replace($user, '/home/new').Replace([IO.Path]::GetTempPath(), '/tmp/').TrimEnd() -split '\r?\n' | ForEach-Object TrimEnd)
}

# What a session that is written down shows, with stable IDs.
function Get-Session([string] $File) { @((ConvertTo-StableText (Get-Content $File -Raw)).TrimEnd() -split '\r?\n' | ForEach-Object TrimEnd) }

# The commands of a session, each with what it shows.
function Split-Session([string[]] $Line) {
    $text = $Line -join "`n"
    [regex]::Split($text, '(?m)^(?=PS> )') | Where-Object { $_ } | ForEach-Object { , @($_.TrimEnd() -split "`n") }
}

# Random IDs and ports, each replaced by a number of the same length, in the order in which they appear.
function ConvertTo-StableText([string] $Text) {
    # The folder of SoftHSM is a link in Debian.
    $Text = $Text -replace '/usr/lib/[a-z0-9_]+-linux-gnu/softhsm/', '/usr/lib/softhsm/'
    $kinds = [ordered]@{
        '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}' = '00000000-0000-0000-0000-{0:000000000000}'
        '\bcks-[0-9a-f]{17}\b'                                         = 'cks-{0:00000000000000000}'
        '\bcluster-[2-7a-zA-Z]{11}\b'                                  = 'cluster-{0:00000000000}'
        '\bbackup-[2-7a-zA-Z]{11}\b'                                   = 'backup-{0:00000000000}'
        '\b[0-9a-f]{64}\b'                                             = '{0:0000000000000000000000000000000000000000000000000000000000000000}'
        '\b[0-9a-f]{16}\b'                                             = '{0:0000000000000000}'
        '\b[0-9a-f]{12}(?=\.\.\.)'                                    = '{0:000000000000}'
        '(?<=kmstools-)[0-9a-f]{32}\b'                                = '{0:00000000000000000000000000000000}'
        '\bAKIA[A-Z0-9]{16}\b'                                         = 'AKIA{0:0000000000000000}'
        '(?<=http://127\.0\.0\.1:)\d+'                                 = '{0:00000}'
    }
    foreach ($kind in $kinds.GetEnumerator()) {
        $seen = [Collections.Generic.Dictionary[string, int]]::new()
        $Text = [regex]::Replace($Text, $kind.Key, {
                param($found)
                if (-not $seen.ContainsKey($found.Value)) { $seen[$found.Value] = $seen.Count + 1 }
                $kind.Value -f $seen[$found.Value]
            })
    }

    $Text
}
