BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    $null = Connect-Kms -Temporary -SimulatedClock
    $key = New-KmsKey -Description 'payroll'
    New-KmsAlias $key.KeyId -AliasName alias/payroll
}

AfterAll {
    Disconnect-Kms
}

Describe 'Get-KmsKey' {
    It 'writes the metadata' {
        $described = Get-KmsKey $key.KeyId
        $described | Should -BeOfType KmsTools.KeyMetadata
        $described.Description | Should -BeExactly 'payroll'
        $described.Enabled | Should -BeTrue
        $described.AWSAccountId | Should -BeExactly '111122223333'
        $described.DeletionDate | Should -BeNullOrEmpty
        $described.CurrentKeyMaterialId | Should -Match '^[0-9a-f]{64}$'
    }

    It 'finds the key by <Form>' -ForEach @(
        @{ Form = 'ID'; Name = { $key.KeyId } }
        @{ Form = 'ARN'; Name = { $key.Arn } }
        @{ Form = 'alias'; Name = { 'alias/payroll' } }
        @{ Form = 'alias ARN'; Name = { 'arn:aws:kms:us-east-1:111122223333:alias/payroll' } }
    ) {
        (Get-KmsKey (& $Name)).KeyId | Should -Be $key.KeyId
    }

    It 'takes names, and what other cmdlets write, from the pipeline' {
        ('alias/payroll', $key.Arn | Get-KmsKey).KeyId | Should -Be $key.KeyId, $key.KeyId
        (Get-KmsKeyList | Get-KmsKey).Description | Should -Be 'payroll'
        (Invoke-KmsEncrypt $key.KeyId -Plaintext x | Get-KmsKey).KeyId | Should -Be $key.KeyId
    }

    It 'writes what -Select chooses' {
        Get-KmsKey alias/payroll -Select KeyMetadata.Arn | Should -Be $key.Arn
        Get-KmsKey alias/payroll -Select keymetadata.keyid | Should -Be $key.KeyId
        Get-KmsKey alias/payroll -Select ^KeyId | Should -Be 'alias/payroll'
        Get-PropertyName (Get-KmsKey alias/payroll -Select *) | Should -Be 'KeyMetadata'
    }

    It 'shows the states in a table' {
        $NarrowTable = Get-KmsKey $key.KeyId | Format-Table | Out-String -Width 160
        $NarrowTable | Should -Match 'KeyId\s+State\s+Description\s+Deleted on\s+KeySpec\s+Origin'
        $NarrowTable | Should -Match "$($key.KeyId) Enabled\s+payroll\s+SYMMETRIC_DEFAULT AWS_KMS"
    }

    It 'explains a key that does not exist' {
        $refusal = Get-ErrorOf { Get-KmsKey 11111111-2222-4333-8444-555555555555 }
        $refusal.FullyQualifiedErrorId | Should -Be 'NotFoundException,KmsTools.Commands.GetKmsKeyCommand'
        $refusal.Exception.Message |
            Should -BeExactly "Key 'arn:aws:kms:us-east-1:111122223333:key/11111111-2222-4333-8444-555555555555' does not exist"
        $refusal.CategoryInfo.Category | Should -Be 'ObjectNotFound'
        $refusal.TargetObject | Should -Be '11111111-2222-4333-8444-555555555555'
        $refusal.ErrorDetails.RecommendedAction | Should -BeLike 'Get-KmsKeyList *'
    }

    It 'says what may have been meant' {
        (Get-ErrorOf { Get-KmsKey alias/payrol }).ErrorDetails.RecommendedAction | Should -BeLike 'Did you mean alias/payroll?*'
    }

    It 'finds a key of another Region with -Region only' {
        $far = New-KmsKey -Region eu-west-1
        (Get-KmsKey $far.KeyId -Region eu-west-1).Arn | Should -Be $far.Arn
        $refusal = Get-ErrorOf { Get-KmsKey $far.Arn }
        $refusal.Exception.Message | Should -BeExactly 'Invalid arn eu-west-1'
        $refusal.ErrorDetails.RecommendedAction | Should -BeLike '*-Region eu-west-1*'
    }
}
