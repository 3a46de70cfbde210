# Prints, for each round, how many milliseconds a list of 1,000 keys takes as a table, and the completion of a key among 1,200.
param([string] $Manifest, [int] $Rounds)

$ErrorActionPreference = 'Stop'
Import-Module $Manifest
$missing = 1000 - @(Get-KmsKeyList).Count
1..$missing | ForEach-Object { New-KmsAlias (New-KmsKey) "alias/list-$_" }
function Measure-Milliseconds([scriptblock] $Block) {
    $watch = [Diagnostics.Stopwatch]::StartNew()
    $null = & $Block
    $watch.Elapsed.TotalMilliseconds
}

$list = 1..($Rounds + 1) | ForEach-Object { Measure-Milliseconds { Get-KmsKey | Out-String -Width 160 } }
1..200 | ForEach-Object { New-KmsAlias (New-KmsKey) "alias/more-$_" }
$line = 'Enable-KmsKey '
$complete = 1..($Rounds + 1) | ForEach-Object { Measure-Milliseconds { [System.Management.Automation.CommandCompletion]::CompleteInput($line, $line.Length, $null) } }

# The first of each is compiled while it runs.
1..$Rounds | ForEach-Object { "$($list[$_].ToString([cultureinfo]::InvariantCulture)) $($complete[$_].ToString([cultureinfo]::InvariantCulture))" }
