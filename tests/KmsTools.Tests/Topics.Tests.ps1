# What the about_ topics show after "PS>" runs, line by line, and answers what stands below it. The sample suite passes.

BeforeDiscovery {
    $module = $env:KMSTOOLS_TEST_MODULE ?? (Resolve-Path "$PSScriptRoot/../../artifacts/KmsTools").Path
    $topics = @(Get-ChildItem "$module/en-US" -Filter 'about_*.help.txt' | ForEach-Object { @{ Name = $_.Name -replace '\.help\.txt$'; Path = $_.FullName } })
}

BeforeAll {
    $script:module = $env:KMSTOOLS_TEST_MODULE ?? (Resolve-Path "$PSScriptRoot/../../artifacts/KmsTools").Path
    Import-Module $module -Force
    . "$PSScriptRoot/Lab.ps1"
    . "$PSScriptRoot/Support.ps1"
    $commands = (Get-Command -Module KmsTools).Name

    # What the topics ask the reader for.
    function Read-Host([switch] $AsSecureString) { ConvertTo-LabPin 'kmsPswd1' }

    # The commands of a topic, each with the lines that it is said to answer.
    function Read-Transcript([string] $Path) {
        $step = $null
        foreach ($line in Get-Content $Path) {
            switch -Regex ($line) {
                '^        PS> (.*)$' { $step; $step = [pscustomobject] @{ Command = $Matches[1]; Answer = @() } }
                '^        >> (.*)$' { $step.Command += "`n$($Matches[1])" }
                '^        (?!PS>|>>)(\S.*)$' { if ($step) { $step.Answer += $Matches[1] } }
                '^\s*$' { $step; $step = $null }
            }
        }

        $step
    }
}

AfterAll {
    Disconnect-Kms
}

Describe 'The topic <Name>' -ForEach $topics {
    BeforeAll {
        $configuration = $env:SOFTHSM2_CONF
        $folder = (New-Item -ItemType Directory "TestDrive:/$Name").FullName
        $null = New-Item -ItemType Directory "$folder/tokens"
        Set-Content "$folder/softhsm2.conf" @("directories.tokendir = $folder/tokens", 'objectstore.backend = file', 'log.level = ERROR')
        $env:SOFTHSM2_CONF = "$folder/softhsm2.conf"
        Push-Location $folder
        $null = Connect-Kms -Temporary -SimulatedClock
    }

    AfterAll {
        Disconnect-Kms
        Pop-Location
        $env:SOFTHSM2_CONF = $configuration
    }

    It 'is found by Get-Help, and fits a window of 100 columns' {
        $text = Get-Help $Name | Out-String
        $text | Should -Match "TOPIC\s+$Name\s"
        foreach ($part in 'SHORT DESCRIPTION', 'LONG DESCRIPTION', 'SEE ALSO') {
            $text | Should -Match $part
        }

        Get-Content $Path | Where-Object Length -GT 100 | Where-Object { $_ -notmatch '^        ' } | Should -BeNullOrEmpty
    }

    It 'refers to topics and cmdlets that exist' {
        $references = (Get-Content $Path -Raw) -replace '(?s)^.*SEE ALSO' -split "`n" | ForEach-Object Trim | Where-Object { $_ }
        foreach ($reference in $references) {
            if ($reference -like 'about_*') {
                "$module/en-US/$reference.help.txt" | Should -Exist
            }
            else {
                $reference | Should -BeIn $commands
            }
        }
    }

    It 'names cmdlets and parameters that exist' {
        [regex]::Matches((Get-Content $Path -Raw), '\b[A-Z][a-zA-Z]+-Kms\w*\b').Value | Sort-Object -Unique | Where-Object { $_ -notin $commands } |
            Should -BeNullOrEmpty
    }

    It 'shows what really happens' {
        $ErrorActionPreference = 'Stop'
        $ConfirmPreference = 'None'
        foreach ($step in Read-Transcript $Path | Where-Object { $_ }) {
            $output = . ([scriptblock]::Create($step.Command.Replace('/usr/lib/softhsm/libsofthsm2.so', "$LabLibrary")))
            if ($step.Answer) {
                ($output | Out-String).Trim() -split '\r?\n' | Should -Be $step.Answer -Because $step.Command
            }
        }
    }
}

Describe 'The sample suite' {
    It 'passes in a session of its own' {
        $output = Invoke-NewPowerShell "
            `$result = Invoke-Pester '$module/samples' -PassThru -Output None
            `"`$(`$result.PassedCount) of `$(`$result.TotalCount)`""
        $output | Select-Object -Last 1 | Should -Be '8 of 8'
    }
}
