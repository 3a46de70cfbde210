BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
}

AfterAll {
    Disconnect-Kms
}

Describe 'Test-KmsEventLog' {
    BeforeEach {
        $store = "$TestDrive/$([guid]::NewGuid())"
        $null = Connect-Kms -Path $store -SimulatedClock
        $null = New-KmsKey
        $null = Get-KmsKeyList
    }

    It 'finds that all is what was written' {
        $results = Test-KmsEventLog
        $results.Number | Should -Be 0, 1
        $results.Status.Value | Should -Be 'OK', 'OK'
        $results[1].Events | Should -Be 2
        $results[1].Path | Should -BeExactly "$store/events/00000001.log"
        ($results | Out-String) | Should -Match 'OK'
    }

    It 'says where an event was changed' {
        Disconnect-Kms
        $file = "$store/events/00000001.log"
        $bytes = [IO.File]::ReadAllBytes($file)
        $bytes[200] = $bytes[200] -bxor 1
        [IO.File]::WriteAllBytes($file, $bytes)
        $null = Connect-Kms -Path $store
        $damaged = Test-KmsEventLog | Where-Object Number -EQ 1
        $damaged.Status.Value | Should -Be 'DAMAGED'
        $damaged.Events | Should -Be 0
        $damaged.Position | Should -Be 92
    }

    It 'compares with exported heads' {
        (Get-KmsEventLog).Segments | Export-Csv $TestDrive/heads.csv
        $null = Get-KmsKeyList
        (Test-KmsEventLog -Head (Import-Csv $TestDrive/heads.csv)).Status.Value | Should -Be 'OK', 'OK'
        (Test-KmsEventLog -Head (Get-KmsEventLog).Segments).Status.Value | Should -Be 'OK', 'OK'
        $other = [pscustomobject]@{ Number = 1; Events = 1; Head = '0' * 64 }
        (Test-KmsEventLog -Head $other)[1].Status.Value | Should -Be 'DIFFERENT_HEAD'
        { Test-KmsEventLog -Head ([pscustomobject]@{ Number = 1 }) } | Should -Throw '*Events is missing*'
    }
}
