BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
}

AfterAll {
    Disconnect-Kms
}

Describe 'Set-KmsRootKey' {
    BeforeEach {
        $null = Connect-Kms -Temporary -SimulatedClock
    }

    It 'has the store rotate its root key by age' {
        Set-KmsRootKey -RotationPeriodInDays 90 | Should -BeNullOrEmpty
        $rootKey = Get-KmsRootKey
        $rootKey.RotationPeriodInDays | Should -Be 90
        $rootKey.NextRotationDate | Should -Be $rootKey.CreationDate.AddDays(90)
        $null = Step-KmsClock -Days 89
        (Get-KmsRootKey).Generation | Should -Be 1
        $null = Step-KmsClock -Days 1
        (Get-KmsRootKey).Generation | Should -Be 2
        (Get-KmsEvent -EventName RotateRootKey).Count | Should -Be 1
    }

    It 'rotates only on demand with 0, as in a new store' {
        (Get-KmsRootKey).RotationPeriodInDays | Should -BeNullOrEmpty
        Set-KmsRootKey 1
        (Set-KmsRootKey 0 -PassThru).NextRotationDate | Should -BeNullOrEmpty
        $null = Step-KmsClock -Days 4000
        (Get-KmsRootKey).Generation | Should -Be 1
    }

    It 'changes nothing with -WhatIf' {
        Set-KmsRootKey 90 -WhatIf
        (Get-KmsRootKey).RotationPeriodInDays | Should -BeNullOrEmpty
    }

    It 'refuses more than ten years' {
        { Set-KmsRootKey 3651 } | Should -Throw
        { Set-KmsRootKey -1 } | Should -Throw
        Set-KmsRootKey 3650
    }
}
