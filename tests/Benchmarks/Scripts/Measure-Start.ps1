# Prints how many milliseconds the import of a module and the first call of it took in this process.
param([string] $Manifest, [string] $FirstCall)

$ErrorActionPreference = 'Stop'
$call = [scriptblock]::Create($FirstCall)
$watch = [Diagnostics.Stopwatch]::StartNew()
Import-Module $Manifest
$import = $watch.Elapsed.TotalMilliseconds
$watch.Restart()
$null = & $call
$first = $watch.Elapsed.TotalMilliseconds
"$($import.ToString([cultureinfo]::InvariantCulture)) $($first.ToString([cultureinfo]::InvariantCulture))"
