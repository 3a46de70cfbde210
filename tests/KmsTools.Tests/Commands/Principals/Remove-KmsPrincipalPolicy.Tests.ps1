BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    $null = Connect-Kms -Temporary
    $null = New-KmsPrincipal alice -Policy @{ p = '{"Statement":[]}'; q = '{"Statement":[]}' }
}

AfterAll {
    Disconnect-Kms
}

Describe 'Remove-KmsPrincipalPolicy' {
    It 'removes one policy' {
        Get-WhatIf { Remove-KmsPrincipalPolicy alice -PolicyName p -Force -WhatIf } |
            Should -BeExactly 'What if: Remove the policy p from user alice'
        (Get-KmsPrincipal alice).Policies.Keys | Should -BeExactly 'p', 'q'
        Get-KmsPrincipal -UserName alice | Remove-KmsPrincipalPolicy -PolicyName p -Force
        (Get-KmsPrincipal alice).Policies.Keys | Should -BeExactly 'q'
        { Remove-KmsPrincipalPolicy alice -PolicyName p -Force } | Should -Throw 'The user policy with name p cannot be found.' -ErrorId 'NoSuchEntity,*'
    }
}
