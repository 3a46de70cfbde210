BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    $null = Connect-Kms -Temporary -SimulatedClock
    $keys = 1..5 | ForEach-Object { New-KmsKey }
    $far = New-KmsKey -Region eu-west-1
}

AfterAll {
    Disconnect-Kms
}

Describe 'Get-KmsKeyList' {
    It 'lists ID and ARN of every key, and no more' {
        $list = Get-KmsKeyList
        $list.KeyId | Sort-Object | Should -Be ($keys.KeyId | Sort-Object)
        Get-PropertyName $list[0] | Should -Be 'KeyArn', 'KeyId'
        $list[0].KeyArn | Should -Be "arn:aws:kms:us-east-1:111122223333:key/$($list[0].KeyId)"
    }

    It 'is known as Get-KMSKeys' {
        @(Get-KMSKeys).Count | Should -Be 5
    }

    It 'writes all pages, however small' {
        (Get-KmsKeyList -Limit 2).KeyId | Should -Be (Get-KmsKeyList).KeyId
        @(Get-KmsKeyList -Limit 2 -Select *).Count | Should -Be 3
    }

    It 'writes one page with -NoAutoIteration' {
        @(Get-KmsKeyList -Limit 2 -NoAutoIteration).Count | Should -Be 2
    }

    It 'goes on where -Marker says, for one page' {
        $first = Get-KmsKeyList -Limit 2 -NoAutoIteration -Select *
        $first.Truncated | Should -BeTrue
        $second = Get-KmsKeyList -MaxItems 2 -Marker $first.NextMarker -Select *
        $third = Get-KmsKeyList -MaxItems 2 -NextToken $second.NextMarker -Select *
        $third.Truncated | Should -BeFalse
        $third.NextMarker | Should -BeNullOrEmpty
        $first.Keys.KeyId + $second.Keys.KeyId + $third.Keys.KeyId | Should -Be (Get-KmsKeyList).KeyId
    }

    It 'lists the keys of another Region' {
        (Get-KmsKeyList -Region eu-west-1).KeyId | Should -Be $far.KeyId
    }

    It 'writes the parameter once at the end with -Select ^Limit' {
        Get-KmsKeyList -Limit 2 -Select ^Limit | Should -Be 2
    }

    It 'refuses a limit of 0' {
        $refusal = Get-ErrorOf { Get-KmsKeyList -Limit 0 }
        Get-ErrorCode $refusal | Should -Be 'ValidationException'
        $refusal.Exception.Message | Should -BeExactly "1 validation error detected: Value '0' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1"
    }
}
