BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    $null = Connect-Kms -Temporary -SimulatedClock
    $key = New-KmsKey
}

AfterAll {
    Disconnect-Kms
}

Describe 'Remove-KmsAlias' {
    BeforeEach {
        Get-KmsAliasList $key.KeyId | Remove-KmsAlias -Force
        New-KmsAlias $key.KeyId -AliasName alias/app
    }

    It 'removes the alias with -Force, writes nothing, and leaves the key' {
        Remove-KmsAlias alias/app -Force | Should -BeNullOrEmpty
        Get-KmsAliasList $key.KeyId | Should -BeNullOrEmpty
        (Get-KmsKey $key.KeyId).KeyState | Should -Be 'Enabled'
    }

    It 'does not ask with -Confirm:$false' {
        Remove-KmsAlias alias/app -Confirm:$false
        Get-KmsAliasList $key.KeyId | Should -BeNullOrEmpty
    }

    It 'asks otherwise' {
        Get-Question 'Remove-KmsAlias alias/app' | Should -BeLike '*prompt*'
        (Get-KmsAliasList $key.KeyId).AliasName | Should -Be 'alias/app'
        Get-Question 'Remove-KmsAlias alias/app -Force' | Should -BeNullOrEmpty
        Get-KmsAliasList $key.KeyId | Should -BeNullOrEmpty
    }

    It 'takes names, and what Get-KmsAliasList writes, from the pipeline' {
        New-KmsAlias $key.KeyId -AliasName alias/second
        New-KmsAlias $key.KeyId -AliasName alias/third
        'alias/app' | Remove-KmsAlias -Force
        Get-KmsAliasList $key.KeyId | Where-Object AliasName -NE 'alias/third' | Remove-KmsAlias -Force
        (Get-KmsAliasList $key.KeyId).AliasName | Should -Be 'alias/third'
    }

    It 'removes nothing with -WhatIf' {
        Remove-KmsAlias alias/app -WhatIf -Force
        (Get-KmsAliasList $key.KeyId).AliasName | Should -Be 'alias/app'
    }

    It 'names the key with -Verbose' {
        Remove-KmsAlias alias/app -Confirm:$false -Verbose 4>&1 | Should -BeLike "Remove alias/app, which names $($key.Arn)*"
    }

    It 'refuses an alias that does not exist, and says what may have been meant' {
        $refusal = Get-ErrorOf { Remove-KmsAlias alias/apq -Force }
        $refusal.FullyQualifiedErrorId | Should -Be 'NotFoundException,KmsTools.Commands.RemoveKmsAliasCommand'
        $refusal.TargetObject | Should -Be 'alias/apq'
        $refusal.ErrorDetails.RecommendedAction | Should -BeLike 'Did you mean alias/app?*'
    }
}
