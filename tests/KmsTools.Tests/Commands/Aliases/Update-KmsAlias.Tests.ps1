BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    $null = Connect-Kms -Temporary -SimulatedClock
    $old, $new = (New-KmsKey), (New-KmsKey)
}

AfterAll {
    Disconnect-Kms
}

Describe 'Update-KmsAlias' {
    BeforeEach {
        Get-KmsAliasList | Where-Object TargetKeyId | Remove-KmsAlias -Force
        New-KmsAlias $old.KeyId -AliasName alias/app
    }

    It 'points the alias to the key at position 0, and writes nothing' {
        Update-KmsAlias $new.KeyId -AliasName alias/app | Should -BeNullOrEmpty
        (Get-KmsKey alias/app).KeyId | Should -Be $new.KeyId
        Get-KmsAliasList $old.KeyId | Should -BeNullOrEmpty
    }

    It 'takes the key from the pipeline' {
        $new.KeyId | Update-KmsAlias -AliasName alias/app
        (Get-KmsKey alias/app).KeyId | Should -Be $new.KeyId
    }

    It 'takes what Get-KmsAliasList writes, with another key' {
        $old.KeyId | Get-KmsAliasList | Select-Object AliasName, @{ Name = 'TargetKeyId'; Expression = { $new.Arn } } | Update-KmsAlias
        (Get-KmsKey alias/app).KeyId | Should -Be $new.KeyId
    }

    It 'says when it was updated' {
        $null = Step-KmsClock 1:00:00
        Update-KmsAlias $new.KeyId -AliasName alias/app
        $entry = Get-KmsAliasList $new.KeyId
        ($entry.LastUpdatedDate - $entry.CreationDate).TotalHours | Should -Be 1
    }

    It 'changes nothing with -WhatIf' {
        Update-KmsAlias $new.KeyId -AliasName alias/app -WhatIf
        (Get-KmsKey alias/app).KeyId | Should -Be $old.KeyId
    }

    It 'says with -Verbose what it does' {
        Update-KmsAlias $new.KeyId -AliasName alias/app -Verbose 4>&1 | Should -BeLike "Point alias/app to *$($new.Arn)*"
    }

    It 'refuses an alias that does not exist' {
        $refusal = Get-ErrorOf { Update-KmsAlias $new.KeyId -AliasName alias/none }
        Get-ErrorCode $refusal | Should -Be 'NotFoundException'
        $refusal.Exception.Message | Should -BeExactly 'Alias arn:aws:kms:us-east-1:111122223333:alias/none is not found.'
        $refusal.CategoryInfo.Category | Should -Be 'ObjectNotFound'
    }
}
