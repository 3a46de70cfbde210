# A laboratory for the demo and the acceptance tests: SoftHSM2 tokens in a folder of their own, and looks at them from outside.

$script:LabLibrary = @(
    '/usr/lib/softhsm/libsofthsm2.so'
    '/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so'
    '/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so'
    '/usr/lib64/pkcs11/libsofthsm2.so'
    '/opt/homebrew/lib/softhsm/libsofthsm2.so'
) | Where-Object { Test-Path $_ } | Select-Object -First 1

# SoftHSM reads its configuration when the library is first used, so one folder serves the whole session: a run of several files
# names it in KMSTOOLS_TEST_LAB and removes it at its end. The files give their tokens labels of their own.
function New-LabFolder {
    $folder = $env:KMSTOOLS_TEST_LAB ? $env:KMSTOOLS_TEST_LAB
        : (Join-Path ([IO.Path]::GetTempPath()) "kmstools-lab-$([guid]::NewGuid().ToString('N'))")
    if (Test-Path $folder) {
        return $folder
    }

    $null = New-Item -ItemType Directory -Path (Join-Path $folder 'tokens')
    $configuration = Join-Path $folder 'softhsm2.conf'
    Set-Content -Path $configuration -Value @(
        "directories.tokendir = $folder/tokens"
        'objectstore.backend = file'
        'log.level = ERROR'
        'slots.removable = false'
    )
    $env:SOFTHSM2_CONF = $configuration
    $folder
}

# SoftHSM reads all tokens whenever it is initialized, so those of past files would slow down all that follow.
function Remove-LabFolder([string] $Folder) {
    $past = $Folder -ne $env:KMSTOOLS_TEST_LAB ? $Folder : (Join-Path $Folder 'tokens' '*')
    Remove-Item $past -Recurse -Force -ErrorAction SilentlyContinue
}

# A new store with a simulated clock: in a folder, or in a database of a PostgreSQL server of this session, if the environment says so.
function Connect-LabStore {
    if ($env:KMSTOOLS_TEST_STORE -ne 'PostgreSQL') {
        $null = Connect-Kms -Temporary -SimulatedClock
        return
    }

    $server = Start-LabServer
    $database = "lab_$([guid]::NewGuid().ToString('N'))"
    $place = "Host=$($server.Folder);Port=$($server.Port);Database=$database"
    psql -X -q -v ON_ERROR_STOP=1 -h $server.Folder -p $server.Port -U postgres -c "CREATE DATABASE $database OWNER kms_owner"
    $null = Initialize-KmsDatabase -ConnectionString "$place;Username=kms_owner" -Role kms
    $node = [IO.Directory]::CreateTempSubdirectory('kmstools-node-').FullName
    $null = Connect-Kms -ConnectionString "$place;Username=kms" -RootKeyFile "$node/root.key" -LocalFolder "$node/local" -SimulatedClock
}

# The server of this session, which ends with it: see postgresql.sh.
function Start-LabServer {
    if (-not $global:LabServer) {
        $folder = Join-Path ([IO.Path]::GetTempPath()) "kmstools-pg-$([guid]::NewGuid().ToString('N').Substring(0, 12))"
        $listener = [Net.Sockets.TcpListener]::new([Net.IPAddress]::Loopback, 0)
        $listener.Start()
        $port = $listener.LocalEndpoint.Port
        $listener.Stop()
        $start = [Diagnostics.ProcessStartInfo]::new('bash', [string[]] @("$PSScriptRoot/../Shared/postgresql.sh", 'serve', $folder, $port))
        $start.RedirectStandardInput = $start.RedirectStandardError = $true
        $process = [Diagnostics.Process]::Start($start)
        $said = while ($null -ne ($line = $process.StandardError.ReadLine())) { $line; if ($line -like 'Host=*') { break } }
        if ($said -notlike 'Host=*') { throw "PostgreSQL does not start: $said" }
        $global:LabServer = [pscustomobject] @{ Folder = $folder; Port = $port; Process = $process }
    }

    $global:LabServer
}

function Stop-LabServer {
    if ($global:LabServer) {
        $global:LabServer.Process.StandardInput.Close()
        $global:LabServer.Process.WaitForExit()
        $global:LabServer = $null
    }
}

function ConvertTo-LabPin([string] $Text) {
    $pin = [securestring]::new()
    $Text.ToCharArray().ForEach({ $pin.AppendChar($_) })
    $pin
}

function New-LabCluster([string] $TokenLabel, [string] $Password = 'kmsPswd1') {
    $token = Initialize-KmsHsm -Library $script:LabLibrary -TokenLabel $TokenLabel `
        -SecurityOfficerPin (ConvertTo-LabPin 'so-12345') -KeyStorePassword (ConvertTo-LabPin $Password)
    Register-KmsHsmCluster -Library $script:LabLibrary -TokenLabel $token.TokenLabel
}

function New-LabKeyStore([string] $Name, [switch] $Connected) {
    $cluster = New-LabCluster $Name
    $id = New-KmsCustomKeyStore $Name -CloudHsmClusterId $cluster.ClusterId `
        -TrustAnchorCertificate $cluster.TrustAnchorCertificate -KeyStorePassword 'kmsPswd1'
    if ($Connected) {
        Connect-KmsCustomKeyStore $id
    }

    $id
}

# The folder of the token with this label: the only one whose token.object holds the label, which is padded.
function Get-LabTokenFolder([string] $Folder, [string] $TokenLabel) {
    Get-ChildItem (Join-Path $Folder 'tokens') -Directory | Where-Object {
        [Text.Encoding]::Latin1.GetString([IO.File]::ReadAllBytes((Join-Path $_ 'token.object'))).Contains($TokenLabel.PadRight(32))
    }
}

# The keys that a token holds, seen as the files that SoftHSM keeps them in.
function Get-LabHsmObject([string] $Folder, [string] $TokenLabel) {
    Get-ChildItem (Get-LabTokenFolder $Folder $TokenLabel) -Filter *.object | Where-Object Name -NE 'token.object'
}
