BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    $null = Connect-Kms -Temporary -SimulatedClock
    $key = New-KmsKey -Tag (1..5 | ForEach-Object { @{ TagKey = "key $_"; TagValue = "value $_" } })
    $missing = 'arn:aws:kms:us-east-1:111122223333:key/00000000-0000-0000-0000-000000000000'
}

AfterAll {
    Disconnect-Kms
}

Describe 'Get-KmsResourceTag' {
    It 'writes every tag in its order, page by page' {
        (Get-KmsResourceTag $key.KeyId).TagKey | Should -Be (1..5 | ForEach-Object { "key $_" })
        (Get-KmsResourceTag $key.KeyId -Limit 2).TagValue | Should -Be (1..5 | ForEach-Object { "value $_" })
    }

    It 'writes one page with -NoAutoIteration, and goes on at a marker' {
        $page = Get-KmsResourceTag $key.KeyId -Limit 3 -NoAutoIteration -Select *
        $page.Truncated | Should -BeTrue
        $page.Tags.TagKey | Should -Be 'key 1', 'key 2', 'key 3'
        (Get-KmsResourceTag $key.KeyId -Marker $page.NextMarker).TagKey | Should -Be 'key 4', 'key 5'
    }

    It 'takes keys from the pipeline' {
        @(Get-KmsKeyList | Get-KmsResourceTag).Count | Should -Be 5
    }

    It 'refuses a key that does not exist' {
        { Get-KmsResourceTag $missing } | Should -Throw -ErrorId 'NotFoundException,KmsTools.Commands.GetKmsResourceTagCommand'
    }
}
