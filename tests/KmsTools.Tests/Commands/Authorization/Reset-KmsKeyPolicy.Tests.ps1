BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    $null = Connect-Kms -Temporary
    $locked = '{"Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/nobody"},"Action":"kms:*","Resource":"*"}}'
}

AfterAll {
    Disconnect-Kms
}

Describe 'Reset-KmsKeyPolicy' {
    It 'puts the default policy back, and leaves an event' {
        $default = Get-KmsKeyPolicy (New-KmsKey).KeyId
        $key = New-KmsKey -Region eu-west-1 -Policy $locked -BypassPolicyLockoutSafetyCheck $true
        Get-WhatIf { Reset-KmsKeyPolicy $key.Arn -Force -WhatIf } |
            Should -BeExactly "What if: Put the default key policy back on $($key.Arn): the present policy is lost"
        $key | Reset-KmsKeyPolicy -Region eu-west-1 -Force
        Get-KmsKeyPolicy $key.KeyId -Region eu-west-1 | Should -BeExactly $default
        $left = Get-KmsEvent -EventName ResetKeyPolicy
        $left.Resources | Should -BeExactly $key.Arn
        $left.UserIdentity.userName | Should -Be ([Environment]::UserName)
    }

    It 'refuses a key that is not there' {
        { Reset-KmsKeyPolicy alias/none -Force } | Should -Throw -ErrorId 'NotFoundException,*'
    }

    It 'leaves one event when it is refused, and none with -WhatIf' {
        $before = @(Get-KmsEvent -EventName ResetKeyPolicy).Count
        { Reset-KmsKeyPolicy alias/none -WhatIf } | Should -Throw -ErrorId 'NotFoundException,*'
        @(Get-KmsEvent -EventName ResetKeyPolicy).Count | Should -Be $before
        { Reset-KmsKeyPolicy alias/none } | Should -Throw -ErrorId 'NotFoundException,*'
        $left = @(Get-KmsEvent -EventName ResetKeyPolicy)
        $left.Count | Should -Be ($before + 1)
        $left[-1].ErrorCode | Should -BeExactly 'NotFoundException'
        $left[-1].RequestParameters.keyId | Should -BeExactly 'alias/none'
    }

    It 'is no exception: a call that asks first leaves one event too' {
        { Register-KmsKeyDeletion alias/none -WhatIf } | Should -Throw
        Get-KmsEvent -EventName ScheduleKeyDeletion | Should -BeNullOrEmpty
        $refusal = Get-ErrorOf { Register-KmsKeyDeletion '12345678-1234-1234-1234-123456789012' -Confirm }
        Get-ErrorCode $refusal | Should -BeExactly 'NotFoundException'
        @(Get-KmsEvent -EventName ScheduleKeyDeletion).ErrorCode | Should -BeExactly 'NotFoundException'
    }

    It 'refuses a key that AWS manages, with -WhatIf too' {
        $null = Get-KmsKey alias/aws/s3
        foreach ($call in { Reset-KmsKeyPolicy alias/aws/s3 -Force }, { Reset-KmsKeyPolicy alias/aws/s3 -WhatIf }) {
            $refusal = Get-ErrorOf $call
            Get-ErrorCode $refusal | Should -BeExactly 'UnsupportedOperationException'
            "$refusal" | Should -BeExactly 'The policy of an AWS managed key never changes.'
        }
    }
}
