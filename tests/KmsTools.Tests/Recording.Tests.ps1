# Recordings of a terminal as images, and those that the README shows.

BeforeDiscovery {
    $noTerminal = -not ((Get-Command script -CommandType Application -ErrorAction Ignore) -and "$(script --version 2>&1)" -like '*util-linux*')
    $pictures = @('tour', 'status', 'schedule' | ForEach-Object { @{ Name = $_ } })
}

BeforeAll {
    $docs = (Resolve-Path "$PSScriptRoot/../../docs").Path

    # What an image shows, as lines: each text is put where it is drawn.
    function Read-Image([string] $File) {
        $rows = [Collections.Generic.SortedDictionary[double, string]]::new()
        foreach ($text in ([xml] (Get-Content -Raw $File)).GetElementsByTagName('text')) {
            $row = $rows[$text.y] ?? ''
            $column = [int] [Math]::Round($text.x / 8.4)
            $rows[[double] $text.y] = $row.PadRight($column) + $text.InnerText
        }

        @($rows.Values)
    }
}

Describe 'A recording' -Skip:$noTerminal {
    BeforeAll {
        Set-Content "$TestDrive/commands.txt" '$null = Connect-Kms -Temporary', '(New-KmsKey -Description "5 < 6 & more").Description', 'Get-KmsKey alias/none'
        & "$docs/Record.ps1" -CommandFile "$TestDrive/commands.txt" -Path "$TestDrive/run.svg" -Module $env:KMSTOOLS_TEST_MODULE -Animated -TypingDelay 0 -ReadingDelay 0
    }

    It 'shows what the terminal showed, in its colours' {
        $lines = Read-Image "$TestDrive/run.svg"
        $lines[0..2] | Should -BeExactly 'PS> $null = Connect-Kms -Temporary', 'PS> (New-KmsKey -Description "5 < 6 & more").Description', '5 < 6 & more'
        $lines[3] | Should -BeExactly 'PS> Get-KmsKey alias/none'
        $lines[4] | Should -BeExactly 'Get-KmsKey: Alias arn:aws:kms:us-east-1:111122223333:alias/none is not found.'
        $image = [xml] (Get-Content -Raw "$TestDrive/run.svg")
        @($image.GetElementsByTagName('text') | Where-Object InnerText -EQ 'PS>').class | Should -Be 'cyan', 'cyan', 'cyan'
        @($image.GetElementsByTagName('text') | Where-Object InnerText -Like 'Get-KmsKey: *').class | Should -Be 'red'
    }

    It 'shows each line from the time at which the terminal showed it, and all of it where nothing moves' {
        $image = [xml] (Get-Content -Raw "$TestDrive/run.svg")
        $image.SelectNodes('//*[@visibility]').Count | Should -Be 0
        $ends = @($image.GetElementsByTagName('set').end | ForEach-Object { [double] ($_ -replace '^loop\.begin\+(.*)s$', '$1') })
        $ends.Count | Should -BeGreaterThan 3
        $ends | Should -Be ($ends | Sort-Object)
    }
}

Describe 'The picture <Name> of the README' -ForEach $pictures {
    It 'is small, and shows the commands of its file' {
        (Get-Item "$docs/$Name.svg").Length | Should -BeLessThan 200KB
        $lines = Read-Image "$docs/$Name.svg"
        foreach ($command in Get-Content "$docs/$Name.txt") { $lines | Should -Contain "PS> $command" }
        Get-Content -Raw "$PSScriptRoot/../../README.md" | Should -Match "\(docs/$Name\.svg\)"
    }
}
