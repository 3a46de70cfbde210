# A PostgreSQL server for the tests that need one. The first of them starts it, it ends with this process, and each test has a database.

$script:PostgreSqlScript = "$PSScriptRoot/../Shared/postgresql.sh"

# Whether PostgreSQL is installed here.
function Test-LabPostgreSql {
    if (-not (Get-Command bash -CommandType Application -ErrorAction Ignore)) { return $false }
    $null = bash $script:PostgreSqlScript find 2>$null
    $LASTEXITCODE -eq 0
}

function Start-LabPostgreSql {
    if ($global:LabPostgreSql -and -not $global:LabPostgreSql.Process.HasExited) { return $global:LabPostgreSql }

    # The path of a socket has a limit.
    $folder = "/tmp/kmstools-pg-$([guid]::NewGuid().ToString('N').Substring(0, 8))"
    $listener = [Net.Sockets.TcpListener]::new([Net.IPAddress]::Loopback, 0)
    $listener.Start()
    $port = $listener.LocalEndpoint.Port
    $listener.Stop()
    $start = [Diagnostics.ProcessStartInfo]::new('bash', [string[]] @($script:PostgreSqlScript, 'serve', $folder, "$port"))
    $start.RedirectStandardInput = $start.RedirectStandardError = $true
    $process = [Diagnostics.Process]::Start($start)
    $said = $process.StandardError.ReadLine()
    if ($said -notlike 'Host=*') {
        throw "PostgreSQL did not start: $said $($process.StandardError.ReadToEnd())"
    }

    $global:LabPostgreSql = [pscustomobject] @{
        Process = $process; Folder = $folder; Port = $port; Programs = bash $script:PostgreSqlScript find
    }
    Invoke-LabSql "CREATE ROLE kms_app LOGIN PASSWORD '$(Get-LabDatabasePassword)'"
    $global:LabPostgreSql
}

# Runs SQL as the superuser of the server.
function Invoke-LabSql([string] $Sql, [string] $Database = 'postgres') {
    $server = $global:LabPostgreSql
    $output = & "$($server.Programs)/psql" -X -q -A -t -v ON_ERROR_STOP=1 -h $server.Folder -p $server.Port -U postgres -d $Database -c $Sql 2>&1
    if ($LASTEXITCODE -ne 0) { throw "psql: $output" }
    $output
}

# The password of all roles, over the loopback interface.
function Get-LabDatabasePassword { (Get-Content -Raw "$($global:LabPostgreSql.Folder)/password").Trim() }

# A new database with nothing in it, with the connection strings of its owner and of the role that is to use the store.
function New-LabDatabase {
    $server = Start-LabPostgreSql
    $name = "kms_$([guid]::NewGuid().ToString('N').Substring(0, 8))"
    Invoke-LabSql "CREATE DATABASE $name OWNER kms_owner"
    $place = "Host=$($server.Folder);Port=$($server.Port);Database=$name"
    [pscustomobject] @{ Name = $name; Place = $place; Owner = "$place;Username=kms_owner"; Application = "$place;Username=kms_app" }
}

# A new database with the tables of a store.
function New-LabStoreDatabase {
    $database = New-LabDatabase
    $null = Initialize-KmsDatabase $database.Owner -Role kms_app
    $database
}
