# Prints, for each round, how many microseconds one pipeline record costs: through an empty cmdlet, and through Invoke-KmsEncrypt.
param([string] $EmptyManifest, [string] $Manifest, [string] $KeyId, [int] $Rounds, [int] $Records)

$ErrorActionPreference = 'Stop'
Import-Module $EmptyManifest, $Manifest
$plaintext = [byte[]]::new(32)
$keys = @($KeyId) * $Records

function Measure-Record([scriptblock] $Pipeline) {
    $watch = [Diagnostics.Stopwatch]::StartNew()
    $null = & $Pipeline
    $watch.Elapsed.TotalMicroseconds / $Records
}

$empty = { $keys | Test-Empty -Plaintext $plaintext }
$encrypt = { $keys | Invoke-KmsEncrypt -Plaintext $plaintext }

# Until the runtime has compiled both for good.
1..5 | ForEach-Object { $null = Measure-Record $empty; $null = Measure-Record $encrypt }
foreach ($round in 1..$Rounds) {
    if ($round % 2) {
        $one = Measure-Record $empty
        $other = Measure-Record $encrypt
    }
    else {
        $other = Measure-Record $encrypt
        $one = Measure-Record $empty
    }

    "$($one.ToString([cultureinfo]::InvariantCulture)) $($other.ToString([cultureinfo]::InvariantCulture))"
}
