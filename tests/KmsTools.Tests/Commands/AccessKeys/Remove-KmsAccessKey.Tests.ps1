BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    $null = Connect-Kms -Temporary
}

AfterAll {
    Disconnect-Kms
}

Describe 'Remove-KmsAccessKey' {
    BeforeEach {
        Get-KmsAccessKey | Remove-KmsAccessKey -Force
        $key = New-KmsAccessKey alice
    }

    It 'removes one' {
        Remove-KmsAccessKey $key.AccessKeyId -Confirm:$false
        Get-KmsAccessKey | Should -BeNullOrEmpty
    }

    It 'takes what Get-KmsAccessKey writes' {
        $other = New-KmsAccessKey bob
        Get-KmsAccessKey | Where-Object PrincipalArn -Like '*/alice' | Remove-KmsAccessKey -Force
        (Get-KmsAccessKey).AccessKeyId | Should -Be $other.AccessKeyId
    }

    It 'names the principal that loses it, and removes nothing with -WhatIf, even with -Force' {
        $expected = "What if: Remove the access key $($key.AccessKeyId) of arn:aws:iam::111122223333:user/alice"
        Get-WhatIf { Remove-KmsAccessKey $key.AccessKeyId -WhatIf } | Should -BeExactly $expected
        Get-WhatIf { Remove-KmsAccessKey $key.AccessKeyId -Force -WhatIf } | Should -BeExactly $expected
        (Get-KmsAccessKey).AccessKeyId | Should -Be $key.AccessKeyId
    }

    It 'asks by default' {
        Get-Question "`$null = Connect-Kms -Temporary; New-KmsAccessKey alice | Remove-KmsAccessKey" | Should -BeLike '*prompt*'
    }

    It 'refuses an ID that is not there' {
        $refusal = Get-ErrorOf { Remove-KmsAccessKey AKIA0 -Force }
        Get-ErrorCode $refusal | Should -Be 'AccessKeyNotFound'
        $refusal.Exception.Message | Should -BeExactly 'Access key AKIA0 does not exist.'
    }
}
