BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    $null = Connect-Kms -Temporary
}

AfterAll {
    Disconnect-Kms
}

Describe 'New-KmsAccessKey' {
    It 'makes an access key of a user, and tells its secret once' {
        $key = New-KmsAccessKey alice
        $key.AccessKeyId | Should -MatchExactly '^AKIA[A-Z0-9]{16}$'
        $key.SecretAccessKey | Should -MatchExactly '^[A-Za-z0-9/+]{40}$'
        $key.PrincipalArn | Should -BeExactly 'arn:aws:iam::111122223333:user/alice'
        Get-PropertyName (Get-KmsAccessKey $key.AccessKeyId) | Should -Be 'AccessKeyId', 'CreationDate', 'PrincipalArn'
    }

    It 'makes one of the user of the operating system where nobody is named' {
        (New-KmsAccessKey).PrincipalArn | Should -BeExactly "arn:aws:iam::111122223333:user/$([Environment]::UserName)"
    }

    It 'makes one of any principal' {
        $arn = 'arn:aws:sts::111122223333:assumed-role/deploy/ci'
        (New-KmsAccessKey -PrincipalArn $arn).PrincipalArn | Should -BeExactly $arn
    }

    It 'makes another one with each call, and none with -WhatIf' {
        $before = @(Get-KmsAccessKey).Count
        (New-KmsAccessKey bob).AccessKeyId | Should -Not -Be (New-KmsAccessKey bob).AccessKeyId
        Get-WhatIf { New-KmsAccessKey carol -WhatIf } | Should -BeExactly 'What if: Create an access key for arn:aws:iam::111122223333:user/carol'
        @(Get-KmsAccessKey).Count | Should -Be ($before + 2)
    }
}
