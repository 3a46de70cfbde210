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
        (Get-KmsAliasList | Where-Object TargetKeyId).AliasName | Should -Be 'alias/a', 'alias/b', 'alias/c', 'alias/d'
    }

    It 'lists the aliases of AWS services, which have no key until they are used' {
        $services = Get-KmsAliasList | Where-Object AliasName -Like 'alias/aws/*'
        $services | Should -HaveCount 30
        $services | Where-Object TargetKeyId | Should -BeNullOrEmpty
        $services.AliasArn | Should -Contain 'arn:aws:kms:us-east-1:111122223333:alias/aws/s3'
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
        (Get-KmsAliasList -Limit 20).AliasName | Should -Be (Get-KmsAliasList).AliasName
        @(Get-KmsEvent -EventName ListAliases -Last 3).RequestParameters.limit | Where-Object { $_ } | Should -Be 20, 20
    }

    It 'writes one page with -NoAutoIteration, and goes on with -Marker' {
        $page = Get-KmsAliasList -MaxItems 33 -NoAutoIteration -Select *
        $page.Aliases.AliasName[0, 1, -2, -1] | Should -Be 'alias/a', 'alias/aws/acm', 'alias/b', 'alias/c'
        $page.Truncated | Should -BeTrue
        (Get-KmsAliasList -NextToken $page.NextMarker).AliasName | Should -Be 'alias/d'
    }

    It 'chooses a member of each entry with -Select' {
        Get-KmsAliasList $key.KeyId -Limit 2 -Select Aliases.AliasName | Should -Be 'alias/a', 'alias/b', 'alias/c'
    }

    It 'has those of AWS services in a Region without keys' {
        (Get-KmsAliasList -Region eu-west-1).AliasName | Should -BeLike 'alias/aws/*'
    }

    It 'refuses a marker that no page gave' {
        $refusal = Get-ErrorOf { Get-KmsAliasList -Marker made-up }
        Get-ErrorCode $refusal | Should -Be 'InvalidMarkerException'
        $refusal.CategoryInfo.Category | Should -Be 'InvalidArgument'
    }
}
