# Prints, for each round, how many milliseconds it takes to list and to show all keys of a store, and to complete the name of one.
param([string] $Manifest, [int] $Rounds)

$ErrorActionPreference = 'Stop'
Import-Module $Manifest
$line = 'Invoke-KmsEncrypt alias/'
$subjects = @(
    { Get-KmsKey }
    { Get-KmsKey | Out-String }
    { TabExpansion2 $line $line.Length }
)
foreach ($round in 1..$Rounds) {
    $costs = foreach ($subject in $subjects) {
        $watch = [Diagnostics.Stopwatch]::StartNew()
        $answer = & $subject
        $watch.Elapsed.TotalMilliseconds
        if (@($answer).Count -eq 0) { throw "Nothing came of $subject" }
    }
    $costs.ForEach{ $_.ToString([cultureinfo]::InvariantCulture) } -join ' '
}
