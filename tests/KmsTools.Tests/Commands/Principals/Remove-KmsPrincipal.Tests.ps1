BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
}

Describe 'Remove-KmsPrincipal' {
    BeforeEach { $null = Connect-Kms -Temporary }
    AfterEach { Disconnect-Kms }

    It 'removes one to which nothing belongs' {
        $null = New-KmsPrincipal alice
        Remove-KmsPrincipal alice -Confirm:$false
        Get-KmsPrincipal | Should -BeNullOrEmpty
    }

    It 'refuses as IAM does, and removes all of it with -Force' {
        $null = New-KmsPrincipal alice -Policy @{ p = '{"Statement":[]}' }
        $null = New-KmsAccessKey alice
        $null = New-KmsGrant -KeyId (New-KmsKey).KeyId -GranteePrincipal arn:aws:iam::111122223333:user/alice -Operation Decrypt
        $record = try { Remove-KmsPrincipal alice -Confirm:$false } catch { $_ }
        $record.FullyQualifiedErrorId | Should -BeExactly 'DeleteConflict,KmsTools.Commands.RemoveKmsPrincipalCommand'
        $record.ErrorDetails.Message | Should -BeExactly 'Cannot delete entity, must delete access keys first.'
        $record.ErrorDetails.RecommendedAction | Should -BeLike 'Remove-KmsPrincipal -Force *'
        Get-WhatIf { Remove-KmsPrincipal alice -Force -WhatIf } | Should -BeExactly 'What if: Remove user alice (1 access key, 1 grant)'
        $unique = (Get-KmsPrincipal alice).UniqueId
        Get-KmsPrincipal -UserName al* | Remove-KmsPrincipal -Force
        Get-KmsPrincipal | Should -BeNullOrEmpty
        Get-KmsAccessKey | Should -BeNullOrEmpty
        (Get-KmsKeyList | Get-KmsGrantList).GranteePrincipal | Should -BeExactly $unique
    }

    It 'refuses one that is not there' {
        { Remove-KmsPrincipal -RoleName alice -Force } | Should -Throw 'The role with name alice cannot be found.' -ErrorId 'NoSuchEntity,*'
    }
}
