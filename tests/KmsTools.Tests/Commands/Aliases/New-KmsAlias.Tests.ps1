BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    $null = Connect-Kms -Temporary -SimulatedClock
    $key = New-KmsKey
}

AfterAll {
    Disconnect-Kms
}

Describe 'New-KmsAlias' {
    It 'gives the key at position 0 an alias, and writes nothing' {
        New-KmsAlias $key.KeyId -AliasName alias/first | Should -BeNullOrEmpty
        (Get-KmsKey alias/first).KeyId | Should -Be $key.KeyId
    }

    It 'takes the key ARN from the pipeline' {
        $key.Arn | New-KmsAlias -AliasName alias/piped
        (Get-KmsKey alias/piped).KeyId | Should -Be $key.KeyId
    }

    It 'takes rows of a file, by property name' {
        "TargetKeyId,AliasName`n$($key.KeyId),alias/row-1`n$($key.KeyId),alias/row-2" | ConvertFrom-Csv | New-KmsAlias
        (Get-KmsAliasList $key.KeyId).AliasName | Should -Contain 'alias/row-1'
        (Get-KmsAliasList $key.KeyId).AliasName | Should -Contain 'alias/row-2'
    }

    It 'writes the name with -Select ^AliasName' {
        New-KmsAlias $key.KeyId -AliasName alias/chosen -Select ^AliasName | Should -BeExactly 'alias/chosen'
    }

    It 'makes nothing with -WhatIf, not even with -Force' {
        New-KmsAlias $key.KeyId -AliasName alias/if -WhatIf -Force
        (Get-KmsAliasList).AliasName | Should -Not -Contain 'alias/if'
    }

    It 'keeps the aliases of Regions apart' {
        $other = New-KmsKey -Region eu-west-1
        New-KmsAlias $other.KeyId -AliasName alias/first -Region eu-west-1
        (Get-KmsKey alias/first -Region eu-west-1).Arn | Should -Be "arn:aws:kms:eu-west-1:111122223333:key/$($other.KeyId)"
        (Get-KmsKey alias/first).KeyId | Should -Be $key.KeyId
    }

    It 'refuses a name that is taken' {
        $refusal = Get-ErrorOf { New-KmsAlias $key.KeyId -AliasName alias/first }
        $refusal.FullyQualifiedErrorId | Should -Be 'AlreadyExistsException,KmsTools.Commands.NewKmsAliasCommand'
        $refusal.Exception.Message | Should -BeExactly 'An alias with the name arn:aws:kms:us-east-1:111122223333:alias/first already exists'
        $refusal.CategoryInfo.Category | Should -Be 'ResourceExists'
        $refusal.TargetObject | Should -Be $key.KeyId
        $refusal.ErrorDetails.RecommendedAction | Should -BeLike '*Update-KmsAlias*'
    }

    It 'says how to write what was meant' {
        $id = $key.KeyId
        (Get-ErrorOf { New-KmsAlias alias/swapped $id }).ErrorDetails.RecommendedAction | Should -BeExactly "New-KmsAlias $id alias/swapped"
        (Get-ErrorOf { Update-KmsAlias alias/first $id }).ErrorDetails.RecommendedAction | Should -BeExactly "Update-KmsAlias $id alias/first"
        (Get-ErrorOf { New-KmsAlias $id orders }).ErrorDetails.RecommendedAction | Should -BeExactly 'Write alias/orders.'
        (Get-ErrorOf { New-KmsAlias $id 'alias/a b' }).ErrorDetails.RecommendedAction | Should -Not -BeLike 'Write *'
    }

    It 'refuses <Name> with <Code>' -ForEach @(
        @{ Name = 'first'; Code = 'ValidationException' }
        @{ Name = 'alias/aws/own'; Code = 'NotAuthorizedException' }
    ) {
        Get-ErrorCode (Get-ErrorOf { New-KmsAlias $key.KeyId -AliasName $Name }) | Should -Be $Code
    }
}
