BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    . "$PSScriptRoot/../../Lab.ps1"
    $lab = New-LabFolder
    $null = Connect-Kms -Temporary -SimulatedClock
}

AfterAll {
    Disconnect-Kms
    Remove-LabFolder $lab
}

Describe 'Invoke-KmsMaintenance' {
    It 'writes what it did' {
        $result = Invoke-KmsMaintenance
        Get-PropertyName $result | Should -Be 'DueItemsDone', 'StrayMaterialLeft', 'StrayMaterialRemoved'
        $result.DueItemsDone | Should -Be 0
        $result.StrayMaterialRemoved | Should -Be 0
        $result.StrayMaterialLeft | Should -Be 0
    }

    It 'does nothing with -WhatIf' {
        Invoke-KmsMaintenance -WhatIf | Should -BeNullOrEmpty
    }

    It 'finds nothing left to do after the clock was moved' {
        $key = New-KmsKey
        $null = Register-KmsKeyDeletion $key.KeyId -PendingWindowInDay 7
        $null = Step-KmsClock -Days 8
        (Invoke-KmsMaintenance).DueItemsDone | Should -Be 0
        @(Get-KmsEvent $key.KeyId -EventName DeleteKey).Count | Should -Be 1
    }

    It 'leaves the material of keys in use alone' {
        $store = New-LabKeyStore 'maintenance' -Connected
        $key = New-KmsKey -Origin AWS_CLOUDHSM -CustomKeyStoreId $store
        (Invoke-KmsMaintenance).StrayMaterialRemoved | Should -Be 0
        @(Get-LabHsmObject $lab 'maintenance').Count | Should -Be 1
        (New-KmsDataKey $key.KeyId -KeySpec AES_256).Plaintext.Length | Should -Be 32
    }
}
