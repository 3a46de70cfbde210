# What the tables show in terminals of 80 and of 160 columns, of a store whose clock stands still. What is in Screens is the whole screen.

BeforeDiscovery {
    . "$PSScriptRoot/Played.ps1"
    $softHsm = '/usr/lib/softhsm/libsofthsm2.so'
    $noLab = -not (Test-Path $softHsm)
    $screens = @(foreach ($width in 80, 160) {
            $number = 0
            Split-Session (Get-Session "$PSScriptRoot/Screens/$width.txt") | ForEach-Object { @{ Width = $width; Number = $number++; Command = $_[0]; Expected = $_ } }
        })
}

BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    . "$PSScriptRoot/Played.ps1"
    $both = Invoke-AsNewUser "
        . '$PSScriptRoot/Screens/Setup.ps1'
        & '$PSScriptRoot/Play.ps1' '$PSScriptRoot/Screens/80.txt' 80
        'PS> '
        & '$PSScriptRoot/Play.ps1' '$PSScriptRoot/Screens/160.txt' 160"
    $border = [Array]::IndexOf($both, 'PS>')
    $shown = @{ 80 = Split-Session $both[0..($border - 1)]; 160 = Split-Session $both[($border + 1)..($both.Count - 1)] }
}

Describe 'At <Width> columns, <Command>' -ForEach $screens -Skip:$noLab {
    It 'shows the same screen' {
        $shown[$Width][$Number] | Should -BeExactly $Expected
        $Expected | Select-Object -Skip 1 | ForEach-Object Length | Measure-Object -Maximum | ForEach-Object Maximum | Should -BeLessOrEqual $Width
    }
}
