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
        $NarrowTable | Should -Match 'Alias\s+KeyId\s+State\s+KeySpec\s+Next due\s+Origin\s+Description'
        $NarrowTable | Should -Match "alias/payroll\s+$($key.KeyId) Enabled\s+SYMMETRIC_DEFAULT\s+AWS_KMS\s+payroll"
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

Describe 'Get-KmsKey without a key, and with wildcards' {
    BeforeAll {
        $null = Connect-Kms -Temporary -SimulatedClock
        $orders = New-KmsKey -Description 'orders' -Tag @{ team = 'shop'; cost = '4711' }
        $archive = New-KmsKey -Tag @{ team = 'shopping' }
        $bare = New-KmsKey
        New-KmsAlias $orders alias/shop/orders
        New-KmsAlias $orders alias/shop/orders-2
        New-KmsAlias $archive alias/archive
        $null = Register-KmsKeyDeletion $bare
    }

    It 'lists all keys, in one call' {
        $before = @(Get-KmsEvent).Count
        Get-KmsKey | ForEach-Object KeyId | Should -Be ($orders.KeyId, $archive.KeyId, $bare.KeyId | Sort-Object)
        @(Get-KmsEvent).Count | Should -Be ($before + 1)
        (Get-KmsEvent -Last 1).EventName | Should -BeExactly 'ListKeys'
        Get-KmsKey | Should -BeOfType KmsTools.KeyMetadata
        @(Get-KmsKey -Region eu-west-1).Count | Should -Be 0
    }

    It 'lists keys whose alias or ID matches <Pattern>' -ForEach @(
        @{ Pattern = 'alias/shop/*'; Expected = { $orders } }
        @{ Pattern = 'SHOP/order?'; Expected = { $orders } }
        @{ Pattern = '*archive'; Expected = { $archive } }
        @{ Pattern = 'alias/*'; Expected = { $orders, $archive } }
        @{ Pattern = '*:key/*'; Expected = { $orders, $archive, $bare } }
        @{ Pattern = 'alias/none*'; Expected = { } }
    ) {
        (Get-KmsKey $Pattern).KeyId | Should -Be ((& $Expected).KeyId | Sort-Object)
    }

    It 'filters by <What>' -ForEach @(
        @{ What = 'state'; Filter = { @{ KeyState = 'PendingDeletion' } }; Expected = { $bare } }
        @{ What = 'states'; Filter = { @{ KeyState = 'Enabled', 'Disabled' } }; Expected = { $orders, $archive } }
        @{ What = 'tag'; Filter = { @{ Tag = @{ team = 'shop' } } }; Expected = { $orders } }
        @{ What = 'tag with wildcards'; Filter = { @{ Tag = @{ team = 'shop*' } } }; Expected = { $orders, $archive } }
        @{ What = 'tags that must all be there'; Filter = { @{ Tag = @{ team = 'shop*'; cost = 4711 } } }; Expected = { $orders } }
        @{ What = 'tag keys in their case'; Filter = { @{ Tag = @{ Team = 'shop' } } }; Expected = { } }
        @{ What = 'a pattern of key stores'; Filter = { @{ CustomKeyStoreId = 'lab*' } }; Expected = { } }
    ) {
        $given = & $Filter
        (Get-KmsKey @given).KeyId | Should -Be ((& $Expected).KeyId | Sort-Object)
    }

    It 'refuses the name of a key store, and one that is not there' {
        foreach ($store in 'lab', 'cks-1234567890abcdef0') {
            foreach ($refusal in (Get-ErrorOf { Get-KmsKey -CustomKeyStoreId $store }), (Get-ErrorOf { Get-KmsKey alias/orders -CustomKeyStoreId $store })) {
                $refusal.FullyQualifiedErrorId | Should -BeExactly 'CustomKeyStoreNotFoundException,KmsTools.Commands.GetKmsKeyCommand'
                "$refusal" | Should -BeExactly "Custom key store $store does not exist."
                $refusal.ErrorDetails.RecommendedAction | Should -BeExactly 'Get-KmsCustomKeyStore shows the custom key stores of this Region.'
            }
        }
    }

    It 'refuses a tag whose value is null' {
        (Get-ErrorOf { Get-KmsKey -Tag @{ cost = '1'; team = $unset } }).ErrorDetails.Message |
            Should -BeExactly "The value of the tag 'team' in -Tag is `$null. Write '' for an empty value, * for any."
    }

    It 'filters keys that are named, too' {
        $orders, $archive | Get-KmsKey -Tag @{ team = 'shop' } | ForEach-Object KeyId | Should -Be $orders.KeyId
        Get-KmsKey alias/archive -KeyState Disabled | Should -BeNullOrEmpty
    }

    It 'writes what -Select chooses' {
        Get-KmsKey alias/shop/* -Select KeyMetadata.Arn | Should -BeExactly $orders.Arn
    }

    It 'leaves out what the caller may not see, and says so' {
        $null = New-KmsPrincipal lister -Policy @{ list = '{"Statement":[{"Effect":"Allow","Action":["kms:ListKeys"],"Resource":"*"},{"Effect":"Allow","Action":"kms:DescribeKey","Resource":"' + $archive.Arn + '"}]}' }
        Set-KmsCaller arn:aws:iam::111122223333:user/lister
        try {
            (Get-KmsKey -WarningVariable said 3> $null).KeyId | Should -Be $archive.KeyId
            $said | Should -BeExactly '2 keys are left out: the caller does not have kms:DescribeKey on them.'
        }
        finally {
            Set-KmsCaller -Default
        }
    }

    It 'still takes $null and an empty text for a key that is missing' {
        "$(Get-ErrorOf { Get-KmsKey $null 3> $null })" | Should -BeLike "1 validation error detected: Value null at 'keyId'*"
        "$(Get-ErrorOf { Get-KmsKey '' })" | Should -BeLike "*at 'keyId'*"
        @() | Get-KmsKey | Should -BeNullOrEmpty
    }
}
