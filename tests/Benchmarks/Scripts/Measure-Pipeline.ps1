# Prints, for each round, how many microseconds one pipeline record costs: through an empty cmdlet, as a call of the engine alone, and through
# Invoke-KmsEncrypt as key IDs, as entries of the list of keys, and as metadata of keys.
param([string] $EmptyManifest, [string] $Manifest, [string] $KeyId, [int] $Rounds, [int] $Records)

$ErrorActionPreference = 'Stop'
Import-Module $EmptyManifest, $Manifest
$plaintext = [byte[]]::new(32)
$keys = @($KeyId) * $Records
$entries = @(Get-KmsKeyList | Where-Object KeyId -EQ $KeyId) * $Records
$metadata = @(Get-KmsKey $KeyId) * $Records

# The engine of this session, so that the same process, store and caches answer both.
$engine = [KmsTools.KmsConnection].GetProperty('Engine', [Reflection.BindingFlags] 'Instance, NonPublic').GetValue((Get-KmsConnection))
Add-Type -ReferencedAssemblies 'System.Runtime', ([KmsTools.KmsEngine].Assembly.Location) -TypeDefinition @'
using KmsTools;
using KmsTools.Operations;

public static class EngineCalls
{
    public static void Run(KmsEngine engine, string keyId, byte[] plaintext, int count)
    {
        for (int i = 0; i < count; i++)
        {
            engine.Execute(new EncryptRequest { KeyId = keyId, Plaintext = plaintext });
        }
    }
}
'@

$subjects = @(
    { $keys | Test-Empty -Plaintext $plaintext }
    { [EngineCalls]::Run($engine, $KeyId, $plaintext, $Records) }
    { $keys | Invoke-KmsEncrypt -Plaintext $plaintext }
    { $entries | Invoke-KmsEncrypt -Plaintext $plaintext }
    { $metadata | Invoke-KmsEncrypt -Plaintext $plaintext }
)

function Measure-Record([scriptblock] $Pipeline) {
    $watch = [Diagnostics.Stopwatch]::StartNew()
    $null = & $Pipeline
    $watch.Elapsed.TotalMicroseconds / $Records
}

# Until the runtime has compiled all of them for good.
1..5 | ForEach-Object { $subjects.ForEach{ $null = Measure-Record $_ } }
foreach ($round in 1..$Rounds) {
    $costs = [double[]]::new($subjects.Count)
    foreach ($turn in 1..$subjects.Count) {
        $subject = ($round + $turn) % $subjects.Count
        $costs[$subject] = Measure-Record $subjects[$subject]
    }

    $costs.ForEach{ $_.ToString([cultureinfo]::InvariantCulture) } -join ' '
}
