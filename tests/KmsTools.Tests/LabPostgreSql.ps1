# A PostgreSQL server for the tests that need one. The first of them starts it, it ends with this process, and each test has a database.

$script:PostgreSqlScript = "$PSScriptRoot/../Shared/postgresql.sh"

# Whether PostgreSQL is installed here.
function Test-LabPostgreSql {
    if (-not (Get-Command bash -CommandType Application -ErrorAction Ignore)) { return $false }
    $null = bash $script:PostgreSqlScript find 2>$null
    $LASTEXITCODE -eq 0
}

# A certificate authority, and a certificate of it for the name localhost, where the server finds them.
function New-LabDatabaseCertificate([string] $Folder) {
    $null = New-Item -ItemType Directory $Folder
    $hash = [Security.Cryptography.HashAlgorithmName]::SHA256
    $curve = [Security.Cryptography.ECCurve+NamedCurves]::nistP256
    $from = [DateTimeOffset]::UtcNow.AddDays(-1)
    $rootKey, $key = [Security.Cryptography.ECDsa]::Create($curve), [Security.Cryptography.ECDsa]::Create($curve)
    $request = [Security.Cryptography.X509Certificates.CertificateRequest]::new('CN=KmsTools test databases', $rootKey, $hash)
    $request.CertificateExtensions.Add([Security.Cryptography.X509Certificates.X509BasicConstraintsExtension]::new($true, $false, 0, $true))
    $root = $request.CreateSelfSigned($from, $from.AddDays(30))
    $request = [Security.Cryptography.X509Certificates.CertificateRequest]::new('CN=localhost', $key, $hash)
    $names = [Security.Cryptography.X509Certificates.SubjectAlternativeNameBuilder]::new()
    $names.AddDnsName('localhost')
    $request.CertificateExtensions.Add($names.Build())
    $certificate = $request.Create($root, $from, $from.AddDays(20), [byte[]] (1..8))
    Set-Content "$Folder/root.crt" $root.ExportCertificatePem()
    Set-Content "$Folder/server.crt" $certificate.ExportCertificatePem()
    Set-Content "$Folder/server.key" $key.ExportPkcs8PrivateKeyPem()
}

function Start-LabPostgreSql {
    if ($global:LabPostgreSql -and -not $global:LabPostgreSql.Process.HasExited) { return $global:LabPostgreSql }

    # The path of a socket has a limit.
    $folder = "/tmp/kmstools-pg-$([guid]::NewGuid().ToString('N').Substring(0, 8))"
    $listener = [Net.Sockets.TcpListener]::new([Net.IPAddress]::Loopback, 0)
    $listener.Start()
    $port = $listener.LocalEndpoint.Port
    $listener.Stop()
    $certificates = "$folder-certificates"
    New-LabDatabaseCertificate $certificates
    $start = [Diagnostics.ProcessStartInfo]::new(
        'bash', [string[]] @($script:PostgreSqlScript, 'serve', $folder, "$port", $certificates))
    $start.RedirectStandardInput = $start.RedirectStandardError = $true
    $process = [Diagnostics.Process]::Start($start)
    $said = $process.StandardError.ReadLine()
    if ($said -notlike 'Host=*') {
        throw "PostgreSQL did not start: $said $($process.StandardError.ReadToEnd())"
    }

    # What signed the certificate of the server is of use to its clients only.
    $root = Get-Content -Raw "$certificates/root.crt"
    Remove-Item -Recurse $certificates

    $global:LabPostgreSql = [pscustomobject] @{
        Process = $process; Folder = $folder; Port = $port; RootCertificate = $root; Programs = bash $script:PostgreSqlScript find
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
    [pscustomobject] @{ Name = $name; Place = $place; Owner = "$place;Username=kms_owner"; Application = "$place;Username=kms_app;Timeout=20;Command Timeout=20" }
}

# A new database with the tables of a store.
function New-LabStoreDatabase {
    $database = New-LabDatabase
    $null = Initialize-KmsDatabase $database.Owner -Role kms_app
    $database
}
