BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    $null = Connect-Kms -Temporary -SimulatedClock
    $key, $other = (New-KmsKey), (New-KmsKey)
    'alias/a', 'alias/b', 'alias/c' | ForEach-Object { New-KmsAlias $key.KeyId -AliasName $_ }
    New-KmsAlias $other.KeyId -AliasName alias/d
}

AfterAll {
    Disconnect-Kms
}

Describe 'Get-KmsAliasList' {
    It 'lists all aliases' {
        (Get-KmsAliasList).AliasName | Should -Be 'alias/a', 'alias/b', 'alias/c', 'alias/d'
    }

    It 'writes the members of the API' {
        $entry = Get-KmsAliasList $other.KeyId
        Get-PropertyName $entry | Should -Be 'AliasArn', 'AliasName', 'CreationDate', 'LastUpdatedDate', 'TargetKeyId'
        $entry.AliasArn | Should -Be 'arn:aws:kms:us-east-1:111122223333:alias/d'
        $entry.TargetKeyId | Should -Be $other.KeyId
        $entry.CreationDate.Kind | Should -Be 'Utc'
    }

    It 'lists those of one key, by position, from the pipeline and of a key object' {
        (Get-KmsAliasList $key.KeyId).AliasName | Should -Be 'alias/a', 'alias/b', 'alias/c'
        ($other.Arn | Get-KmsAliasList).AliasName | Should -Be 'alias/d'
        ($other | Get-KmsAliasList).AliasName | Should -Be 'alias/d'
    }

    It 'is known as Get-KMSAliases' {
        (Get-KMSAliases $other.KeyId).AliasName | Should -Be 'alias/d'
    }

    It 'goes on by itself over the pages that -Limit makes' {
        (Get-KmsAliasList -Limit 3).AliasName | Should -Be 'alias/a', 'alias/b', 'alias/c', 'alias/d'
        @(Get-KmsEvent -EventName ListAliases -Last 2).RequestParameters.limit | Should -Be 3, 3
    }

    It 'writes one page with -NoAutoIteration, and goes on with -Marker' {
        $page = Get-KmsAliasList -MaxItems 3 -NoAutoIteration -Select *
        $page.Aliases.AliasName | Should -Be 'alias/a', 'alias/b', 'alias/c'
        $page.Truncated | Should -BeTrue
        (Get-KmsAliasList -NextToken $page.NextMarker).AliasName | Should -Be 'alias/d'
    }

    It 'chooses a member of each entry with -Select' {
        Get-KmsAliasList -Limit 3 -Select Aliases.AliasName | Should -Be 'alias/a', 'alias/b', 'alias/c', 'alias/d'
    }

    It 'has none in a Region without keys' {
        Get-KmsAliasList -Region eu-west-1 | Should -BeNullOrEmpty
    }

    It 'refuses a marker that no page gave' {
        $refusal = Get-ErrorOf { Get-KmsAliasList -Marker made-up }
        Get-ErrorCode $refusal | Should -Be 'InvalidMarkerException'
        $refusal.CategoryInfo.Category | Should -Be 'InvalidArgument'
    }
}
