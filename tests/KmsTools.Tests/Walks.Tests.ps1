# Walks through fresh sessions, each from nothing to the end, with the mistakes that people make on the way. What is in Walks is all that
# they see.

BeforeDiscovery {
    $softHsm = '/usr/lib/softhsm/libsofthsm2.so'
    $walks = @(
        @{ Name = 'Operator'; Obstacle = (Test-Path $softHsm) ? $null : "$softHsm is not there" }
    )
}

BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    . "$PSScriptRoot/Played.ps1"
}

Describe 'The walk of <Name>' -ForEach $walks {
    It 'shows what is written, and each error names its cure' {
        if ($Obstacle) { Set-ItResult -Skipped -Because $Obstacle; return }
        Invoke-AsNewUser "& '$PSScriptRoot/Play.ps1' '$PSScriptRoot/Walks/$Name.txt'" | Should -BeExactly (Get-Session "$PSScriptRoot/Walks/$Name.txt")
    }
}
