BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
}

AfterAll {
    Disconnect-Kms
}

Describe 'Get-KmsRootKey' {
    It 'gets the first generation of a new store, and shows what there is to show' {
        $null = Connect-Kms -Temporary -SimulatedClock
        $rootKey = Get-KmsRootKey
        $rootKey.Generation | Should -Be 1
        $rootKey.IsRotating | Should -BeFalse
        $shown = $rootKey | Out-String
        $shown | Should -Match 'Generation\s+: 1'
        $shown | Should -Not -Match 'RotationPeriodInDays'
        (Set-KmsRootKey 90 -PassThru | Out-String) | Should -Match 'RotationPeriodInDays : 90'
    }
}
