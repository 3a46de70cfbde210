# A PowerShell whose wall clock is wrong, by the library that the tests of the endpoint use.

function Invoke-AtWrongTime([int] $Days, [string] $Folder, [string] $Command) {
    $library = Join-Path $Folder shifted-clock.so
    cc -shared -fPIC -O2 -o $library "$PSScriptRoot/../KmsTools.Endpoint.Tests/Native/shifted-clock.c" -ldl
    Set-Content "$Folder/offset" ($Days * 86400)
    $env:KMSTOOLS_TEST_CLOCK_OFFSET = "$Folder/offset"
    $env:LD_PRELOAD = $library
    try {
        Invoke-NewPowerShell "Import-Module '$env:KMSTOOLS_TEST_MODULE'; $Command"
    }
    finally {
        $env:LD_PRELOAD = $env:KMSTOOLS_TEST_CLOCK_OFFSET = $null
    }
}
