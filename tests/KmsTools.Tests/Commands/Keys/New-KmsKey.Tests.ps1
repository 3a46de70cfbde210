BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    $null = Connect-Kms -Temporary -SimulatedClock
}

AfterAll {
    Disconnect-Kms
}

Describe 'New-KmsKey' {
    It 'writes the metadata of a symmetric key' {
        $key = New-KmsKey -Description 'payroll'
        $key | Should -BeOfType KmsTools.KeyMetadata
        $key.KeyId | Should -Match '^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$'
        $key.Arn | Should -Be "arn:aws:kms:us-east-1:111122223333:key/$($key.KeyId)"
        $key.Description | Should -BeExactly 'payroll'
        $key.KeyState | Should -Be 'Enabled'
        $key.KeySpec | Should -Be 'SYMMETRIC_DEFAULT'
        $key.KeyUsage | Should -Be 'ENCRYPT_DECRYPT'
        $key.Origin | Should -Be 'AWS_KMS'
        $key.KeyManager | Should -Be 'CUSTOMER'
        $key.CreationDate | Should -Be (Get-KmsClock).UtcNow
        "$($key.EncryptionAlgorithms)" | Should -Be 'SYMMETRIC_DEFAULT'
    }

    It 'says what is missing beside <What>' -ForEach @(
        @{ What = 'a key spec'; Given = @{ KeySpec = 'RSA_2048' }; Advice = 'Add -KeyUsage ENCRYPT_DECRYPT or SIGN_VERIFY.' }
        @{ What = 'a key spec of MACs'; Given = @{ KeySpec = 'HMAC_256' }; Advice = 'Add -KeyUsage GENERATE_VERIFY_MAC.' }
        @{ What = 'a key store'; Given = @{ CustomKeyStoreId = 'cks-1234567890abcdef0' }; Advice = 'Add -Origin AWS_CLOUDHSM; for an external key store, -Origin EXTERNAL_KEY_STORE -XksKeyId <external key>.' }
    ) {
        $refusal = Get-ErrorOf { New-KmsKey @Given }
        Get-ErrorCode $refusal | Should -Be 'ValidationException'
        $refusal.ErrorDetails.RecommendedAction | Should -BeExactly $Advice
    }

    It 'names the parameter that is to be corrected' {
        (Get-ErrorOf { New-KmsKey -Description ('x' * 8193) }).ErrorDetails.RecommendedAction |
            Should -BeExactly 'Correct -Description. Get-Help New-KmsKey -Parameter Description describes it.'
    }

    It 'takes its parameters by property name' {
        $keys = "Description,Origin`nfirst,EXTERNAL`nsecond,AWS_KMS" | ConvertFrom-Csv | New-KmsKey
        $keys.Description | Should -Be 'first', 'second'
        $keys.KeyState | Should -Be 'PendingImport', 'Enabled'
    }

    It 'takes tags as hashtables, under both names' {
        $key = New-KmsKey -Tag @{ TagKey = 'team'; TagValue = 'blue' }, @{ TagKey = 'cost'; TagValue = '42' }
        $key.KeyState | Should -Be 'Enabled'
        $tagged = Get-KmsEvent $key.KeyId -EventName CreateKey
        $tagged.RequestParameters.tags.tagKey | Should -Be 'team', 'cost'
        (New-KmsKey -Tags @{ TagKey = 'team'; TagValue = '' }).KeyState | Should -Be 'Enabled'
        (Get-ErrorOf { New-KmsKey -Tag @{ Key = 'team'; Value = 'blue' } }).Exception.Message |
            Should -BeLike "*These would be two tags with the keys Key and Value. Write @{ 'team' = 'blue' }, or use TagKey and TagValue."
    }

    It 'writes what -Select chooses' {
        New-KmsKey -Select KeyMetadata.Origin | Should -Be 'AWS_KMS'
        (New-KmsKey -Select *).KeyMetadata.KeyState | Should -Be 'Enabled'
        New-KmsKey -Description 'mine' -Select ^Description | Should -BeExactly 'mine'
    }

    It 'makes nothing with -WhatIf or a -Select that makes no sense' {
        $before = @(Get-KmsKeyList).Count
        New-KmsKey -WhatIf | Should -BeNullOrEmpty
        $refusal = Get-ErrorOf { New-KmsKey -Select KeyMetadata.Colour }
        $refusal.FullyQualifiedErrorId | Should -Be 'InvalidArgument,KmsTools.Commands.NewKmsKeyCommand'
        @(Get-KmsKeyList).Count | Should -Be $before
    }

    It 'makes keys in another Region' {
        (New-KmsKey -Region eu-west-1).Arn | Should -BeLike 'arn:aws:kms:eu-west-1:111122223333:key/*'
        (New-KmsKey -RegionToCall ap-south-1).Arn | Should -BeLike 'arn:aws:kms:ap-south-1:*'
        (New-KmsKey -Region ([pscustomobject]@{ SystemName = 'us-west-2' })).Arn | Should -BeLike 'arn:aws:kms:us-west-2:*'
    }

    It 'makes no key in a Region without a proper name: <_>' -ForEach '', 'eu west', 'eu-west-1:1', 'EU-WEST-1', ' eu-west-1', 'eu-west-1 ' {
        $refusal = Get-ErrorOf { New-KmsKey -Region $_ }
        $refusal.FullyQualifiedErrorId | Should -Be 'InvalidArgument,KmsTools.Commands.NewKmsKeyCommand'
        $refusal.ErrorDetails.Message | Should -BeExactly "'$_' is not a valid Region name: use 1 to 32 lower-case letters, digits and hyphens, as in us-east-1."
    }

    It 'makes no key in a Region with a line feed or a NUL, however it is given' {
        foreach ($region in "eu-west-1`n", "eu-west-1`0", [pscustomobject]@{ SystemName = "eu-west-1`n" }) {
            (Get-ErrorOf { New-KmsKey -Region $region }).FullyQualifiedErrorId | Should -Be 'InvalidArgument,KmsTools.Commands.NewKmsKeyCommand'
        }
        (Get-ErrorOf { Get-KmsQuota -Region "eu-west-1`n" }).FullyQualifiedErrorId | Should -Be 'InvalidArgument,KmsTools.Commands.GetKmsQuotaCommand'
        (Get-ErrorOf { Get-KmsEvent -Region "eu-west-1`n" }).FullyQualifiedErrorId | Should -Be 'InvalidArgument,KmsTools.Commands.GetKmsEventCommand'
        (Get-ErrorOf { Get-KmsHsmClusterBackup -Region "eu-west-1`n" }).FullyQualifiedErrorId | Should -Be 'InvalidArgument,KmsTools.Commands.GetKmsHsmClusterBackupCommand'
    }

    It 'gives multi-Region keys an ID that shows it' {
        $key = New-KmsKey -MultiRegion $true
        $key.KeyId | Should -Match '^mrk-[0-9a-f]{32}$'
        $key.MultiRegion | Should -BeTrue
    }

    It 'makes keys of every type but those of China' {
        $usages = @{ RSA = 'ENCRYPT_DECRYPT'; ECC = 'SIGN_VERIFY'; ML = 'SIGN_VERIFY'; HMAC = 'GENERATE_VERIFY_MAC'; SYMMETRIC = 'ENCRYPT_DECRYPT' }
        $specs = (TabExpansion2 'New-KmsKey -KeySpec ').CompletionMatches.CompletionText
        $specs | Should -Contain 'ECC_NIST_EDWARDS25519'
        foreach ($spec in $specs -ne 'SM2') {
            (New-KmsKey -KeySpec $spec -KeyUsage $usages[$spec.Split('_')[0]]).KeySpec | Should -Be $spec
        }
        Get-ErrorCode (Get-ErrorOf { New-KmsKey -KeySpec SM2 -KeyUsage SIGN_VERIFY }) | Should -Be 'UnsupportedOperationException'
    }

    It 'refuses what the service does not know' {
        $refusal = Get-ErrorOf { New-KmsKey -KeySpec AES_512 }
        Get-ErrorCode $refusal | Should -Be 'ValidationException'
        $refusal.Exception.Message | Should -BeLike "1 validation error detected: Value 'AES_512' at 'keySpec' failed to satisfy constraint: Member must satisfy enum value set: *"
        $refusal.CategoryInfo.Category | Should -Be 'InvalidArgument'
        Get-ErrorCode (Get-ErrorOf { New-KmsKey -Origin AWS_CLOUDHSM -CustomKeyStoreId cks-12345678901234567 }) |
            Should -Be 'CustomKeyStoreNotFoundException'
    }
}
